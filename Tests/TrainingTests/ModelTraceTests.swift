import DeepFMKit
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
    "fnn": [0.7169857408, 0.7381372519, 0.6956088335, 0.6940639624],
    "ipnn": [0.6980539001, 0.7166910810, 0.6887015177, 0.7038361052],
    "opnn": [0.7250088053, 0.7580111259, 0.7043241407, 0.6646524361],
    "pnn": [0.6959282151, 0.7414443958, 0.6845460584, 0.6876709281],
    "lr-dnn": [0.7441716776, 0.7472172800, 0.6816478284, 0.6731463111],
    "fm-dnn": [0.7925139747, 0.6929968333, 0.6577691891, 0.6582584670],
    "deepfm-d": [0.7169863545, 0.6995145292, 0.6644761905, 0.6705549402],
    "deepfm-ip": [0.6959757948, 0.7253929894, 0.7007784223, 0.6757224779],
    "deepfm-op": [0.6850606433, 0.7656922493, 0.6826952985, 0.6666344393],
    "deepfm-p": [0.7275740269, 0.7347163690, 0.6706284583, 0.6598309925],
  ]

  @Test(arguments: names)
  func theLossesAreThoseThatWereWrittenDown(name: String) throws {
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

  @Test(arguments: names)
  func everyStepOnTheDeviceIsThatOfTheReference(name: String) throws {
    let settings = configuration(name)
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
