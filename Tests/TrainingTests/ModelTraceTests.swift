import DeepFMKit
import Diagnostics
import Testing

/// Each model's first steps: held to losses that were written down, and on the device to the
/// reference, step by step.
@Suite(.serialized) struct ModelTraceTests {
  private static let names = ModelRegistry.builtIn.map { $0.name }

  private func configuration(_ name: String) -> TrainingConfiguration {
    var configuration = smallConfiguration(name)
    configuration.sizes.batchNorm = true
    configuration.embedding.l2 = 0.01
    configuration.wide.l2 = 0.001
    configuration.clipNorm = 1
    return configuration
  }

  /// The losses of steps 1, 10, 20 and 40 on the reference.
  ///
  /// They change when a model, its initial values, dropout, shuffling, an optimizer or L2 does: on
  /// purpose, with a new line here, or by mistake. The tolerance leaves room for another machine's
  /// exp, log and tanh, whose last digits a few dozen steps magnify, and for nothing else.
  private static let golden: [String: [Double]] = [
    "lr": [0.6931471806, 0.7039522254, 0.6820709513, 0.6752043168],
    "fm": [0.6931570667, 0.7035658679, 0.6814708116, 0.6741997415],
    "fnn": [0.7201468247, 0.7459526974, 0.6935197433, 0.6985924424],
    "ipnn": [0.6805778165, 0.6941171499, 0.7008709547, 0.6269531441],
    "opnn": [0.7198639065, 0.7331172596, 0.6863115884, 0.6901681369],
    "pnn": [0.7471232970, 0.7134871394, 0.6781557807, 0.6719484119],
    "lr-dnn": [0.7193432554, 0.7533641468, 0.6929720550, 0.7009283527],
    "fm-dnn": [0.7802662780, 0.7228938085, 0.6719620756, 0.6756967318],
    "deepfm-d": [0.7201490580, 0.7256403824, 0.6400146871, 0.6836399483],
    "deepfm-ip": [0.7476248818, 0.7481913035, 0.6456524170, 0.6959166926],
    "deepfm-op": [0.7040158962, 0.7518615180, 0.6740178761, 0.6762479673],
    "deepfm-p": [0.7213342056, 0.7295631104, 0.6395638615, 0.6747571692],
    "dcn-v2": [0.7143392782, 0.7289358128, 0.6669895726, 0.6879644230],
    "gdcn": [0.6917701402, 0.7186455820, 0.6974081821, 0.6554739644],
    "finalnet-1b": [0.7700410575, 0.7020935308, 0.6694756402, 0.6652076052],
    "finalnet": [0.7426618846, 0.6827182583, 0.6564531780, 0.6799707686],
    "finalmlp": [0.8539895136, 0.7868577836, 0.6652367724, 0.6304968827],
    "edcn": [0.7336056959, 0.8385547739, 0.9331480977, 0.7507834229],
    "qnn": [0.7139842818, 0.7168190133, 0.6796952329, 0.6344441151],
    "deepfm-dcn-v2": [0.6928662985, 0.7691697607, 0.7269188247, 0.6409894024],
    "deepfm-gdcn": [0.7178782145, 0.7005475302, 0.6517136355, 0.6600792028],
    "deepfm-finalnet-1b": [0.7890472359, 0.6880835649, 0.6655898699, 0.6794073753],
    "deepfm-finalnet": [0.7720088028, 0.7476634304, 0.6572481564, 0.6707411246],
    "deepfm-finalmlp": [0.9419056014, 0.9152274311, 0.7194098215, 0.7333517292],
    "deepfm-edcn": [0.8139429347, 0.8294730425, 0.8756086075, 0.7654374264],
    "deepfm-qnn": [0.7076114571, 0.7312715210, 0.6625210981, 0.6446428279],
  ]

  @Test(arguments: names)
  func `the losses are those that were written down`(name: String) throws {
    let settings = configuration(name)
    let data = try TrainingData(training: [pairwiseLog(rows: 1000)], configuration: settings)
    let steps = try Verification.run(
      data, configuration: settings, backend: ReferenceBackend(), steps: 40
    ).steps
    let found = [1, 10, 20, 40].map { steps[$0 - 1].reference }
    let expected = Self.golden[name] ?? []
    let isClose = zip(found, expected).allSatisfy { abs($0 - $1) < 1e-7 * $1 }
    #expect(isClose && expected.count == found.count, "\"\(name)\": \(found),")
  }

  /// By itself for 40 steps, over which rounding adds up. `make devices` runs this on every implementation.
  @Test(arguments: names)
  func `the device follows what was written down`(name: String) throws {
    let settings = configuration(name)
    let data = try TrainingData(training: [pairwiseLog(rows: 1000)], configuration: settings)
    let steps = try Verification.run(
      data, configuration: settings, backend: OpenCLBackend(Device.select(), products: .own),
      steps: 40
    ).steps
    for (step, expected) in zip([1, 10, 20, 40], try #require(Self.golden[name])) {
      let found = steps[step - 1].device
      #expect(abs(found - expected) < 1e-4 * expected, "step \(step): \(found), \(expected)")
    }
  }

  @Test(arguments: ModelRegistry.distinctNames)
  func `every step on the device is that of the reference`(name: String) throws {
    var settings = configuration(name)
    settings.batchSize = 24
    let data = try TrainingData(training: [pairwiseLog(rows: 1000)], configuration: settings)
    let checks = try Verification.runStepwise(
      data, configuration: settings, backend: OpenCLBackend(Device.select()), steps: 100)
    #expect(checks.count == 100)
    let losses = checks.map(\.losses.relativeDifference).max() ?? .infinity
    let gradient = checks.map(\.gradient).max { $0.value < $1.value }
    let change = checks.map(\.change).max { $0.value < $1.value }
    // Found: 5e-7; 1e-4, where a bias's gradient nearly cancels; 1e-2, where a gradient is all rounding
    // and Adam moves its weight by as much as any other.
    #expect(losses < 2e-6)
    #expect(try #require(gradient).value < 1e-3, "\(gradient?.parameter ?? "")")
    #expect(try #require(change).value < 5e-2, "\(change?.parameter ?? "")")
  }
}
