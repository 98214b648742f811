import DeepFMKit
import Diagnostics
import Random
import Testing

@testable import Training

/// Trainings with a history that is pooled by attention.
@Suite(.serialized) struct AttentionTests {
  /// A log in which a click depends on whether an item of the kind of the row's own is in the history; some are empty.
  private static func log(rows: Int) -> LogSource {
    var random = RandomStream(seed: 9, purpose: "attention log")
    return .rows(
      columns: ["click", "user", "item", "seen"],
      (0..<rows).map { _ in
        let item = Int(random.nextWord() % 40)
        let seen = (0..<Int(random.nextWord() % 5)).map { _ in Int(random.nextWord() % 40) }
        let rate = seen.contains { $0 % 4 == item % 4 } ? 0.85 : 0.2
        return [
          random.uniform() < rate ? "1" : "0", "u\(random.nextWord() % 30)", "i\(item)",
          seen.map { "i\($0)" }.joined(separator: "|"),
        ]
      })
  }

  private static func data(
    _ configuration: TrainingConfiguration, pooling: Schema.Field.Pooling = .attention,
    buckets: Int? = nil
  ) throws -> TrainingData {
    var schema = Schema()
    schema.label = Schema.Label(column: "click")
    schema.fields = [
      .categorical("user"), .categorical("item", vocabulary: "item"),
      .multivalued("seen", pooling: pooling, vocabulary: "item"),
    ]
    if let buckets {
      for index in 1...2 { schema.fields[index] = schema.fields[index].hashed(into: buckets) }
    }
    return try TrainingData(
      training: [log(rows: 1000)], schema: schema, configuration: configuration)
  }

  private static func configuration(_ name: String) -> TrainingConfiguration {
    var configuration = smallConfiguration(name)
    configuration.sizes.batchNorm = true
    configuration.embedding.l2 = 0.01
    configuration.clipNorm = 1
    return configuration
  }

  /// As `ModelTraceTests` has them for each model.
  private static let golden: [String: [Double]] = [
    "fm": [0.6931435088, 0.6790683631, 0.6660326308, 0.6739928919],
    "deepfm-d": [0.8630178976, 0.6788867320, 0.6277841958, 0.6662816685],
    "fnn": [0.8630185916, 0.6711630594, 0.6196349768, 0.6705690684],
    "fm, din": [0.6931478113, 0.6806458342, 0.6667394503, 0.6736973487],
    "deepfm-d, din": [0.7140946043, 0.6939004443, 0.6461278645, 0.6893184719],
  ]

  @Test(arguments: golden.keys.sorted())
  func `the losses are those that were written down`(name: String) throws {
    let words = name.split(separator: ", ")
    let settings = Self.configuration(String(words[0]))
    let data = try Self.data(settings, pooling: words.count > 1 ? .din : .attention)
    let steps = try Verification.run(
      data, configuration: settings, backend: ReferenceBackend(), steps: 40
    ).steps
    let found = [1, 10, 20, 40].map { steps[$0 - 1].reference }
    let expected = Self.golden[name] ?? []
    let isClose = zip(found, expected).allSatisfy { abs($0 - $1) < 1e-7 * $1 }
    #expect(isClose && expected.count == found.count, "\"\(name)\": \(found),")
  }

  private static let stepwise: [(String, Schema.Field.Pooling)] =
    ["lr", "fm", "deepfm-d", "fnn", "ipnn", "finalmlp"].map { ($0, .attention) }
    + ["fm", "deepfm-d"].map { ($0, .din) }

  @Test(arguments: stepwise)
  func `every step on the device is that of the reference`(
    name: String, pooling: Schema.Field.Pooling
  ) throws {
    var settings = Self.configuration(name)
    settings.batchSize = 24
    let checks = try Verification.runStepwise(
      Self.data(settings, pooling: pooling), configuration: settings,
      backend: OpenCLBackend(Device.select()),
      steps: 60)
    #expect(checks.count == 60)
    #expect(checks.map(\.losses.relativeDifference).max() ?? .infinity < 2e-6)
    let gradient = try #require(checks.map(\.gradient).max { $0.value < $1.value })
    #expect(gradient.value < 1e-3, "\(gradient.parameter)")
  }

  @Test func `a model comes back with its attention, and a list's order means nothing to it`()
    throws
  {
    let settings = Self.configuration("deepfm-d")
    let model = try Trainer(
      Self.data(settings), configuration: settings, backend: ReferenceBackend()
    ).run().model
    try withTemporaryFolder { folder in
      try model.write(to: folder + "/model.deepfm")
      let again = try TrainedModel(contentsOf: folder + "/model.deepfm")
      #expect(again == model)
      #expect(again.encoder.layout.attention == [.init(field: 2, target: 1)])
      let rows = try again.encoder.encode([
        .text(
          "click,user,item,seen\n0,u1,i2,i3|i6|i7\n0,u1,i2,i7|i3|i6\n0,u1,i3,i3|i6|i7\n0,u1,i2,\n")
      ])
      let predictor = try Predictor(again, on: ReferenceBackend())
      let p = try predictor.predict(rows)
      #expect(abs(p[0] - p[1]) < 1e-6 && p[0] != p[2] && p[0] != p[3])
      let device = try Predictor(again, on: OpenCLBackend(Device.select())).predict(rows)
      #expect(zip(p, device).allSatisfy { abs($0 - $1) < 1e-5 })
    }
    let mean = try Trainer(
      Self.data(settings, pooling: .mean), configuration: settings, backend: ReferenceBackend()
    ).run().model
    #expect(mean.encoder.layout.attention == nil)
    #expect(mean.tensors.map(\.name) == model.tensors.map(\.name))
    #expect(mean.tensors.map(\.values) != model.tensors.map(\.values))
  }

  @Test func `a model comes back with the networks of its lists`() throws {
    let settings = Self.configuration("fm")
    let model = try Trainer(
      Self.data(settings, pooling: .din), configuration: settings, backend: ReferenceBackend()
    ).run().model
    let layers = model.tensors.map(\.name).filter { $0.hasPrefix("embedding.attention.2.") }
    #expect(layers.count == 4)
    try withTemporaryFolder { folder in
      try model.write(to: folder + "/model.deepfm")
      let again = try TrainedModel(contentsOf: folder + "/model.deepfm")
      #expect(again == model)
      #expect(again.encoder.layout.attention == [.init(field: 2, target: 1, form: .din)])
      let rows = try again.encoder.encode([
        .text("click,user,item,seen\n0,u1,i2,i3|i6|i7\n0,u1,i2,i7|i3|i6\n0,u1,i3,i3|i6|i7\n")
      ])
      let p = try Predictor(again, on: ReferenceBackend()).predict(rows)
      #expect(abs(p[0] - p[1]) < 1e-6 && p[0] != p[2])
      let device = try Predictor(again, on: OpenCLBackend(Device.select())).predict(rows)
      #expect(zip(p, device).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  private static let places: [(Schema.Field.Pooling, Int?)] = [
    (.attention, nil), (.attention, 4), (.din, 4),
  ]

  @Test(arguments: places)
  func `tables in pieces and on the host train to the same bytes`(
    pooling: Schema.Field.Pooling, virtualRanks: Int?
  ) throws {
    var settings = Self.configuration("deepfm-d")
    (settings.epochs, settings.batchSize, settings.virtualRanks) = (1, 16, virtualRanks)
    settings.clipNorm = 0
    let data = try Self.data(settings, pooling: pooling, buckets: 8000)
    let backend = try OpenCLBackend(Device.select("cpu"))
    func tensors(in placement: TablePlacement, largest: Int? = nil) throws -> [TrainedModel.Tensor]
    {
      (backend.tablePlacement, backend.largestBuffer) = (placement, largest)
      return try Trainer(data, configuration: settings, backend: backend).run().model.tensors
    }
    let whole = try tensors(in: .auto)
    #expect(try tensors(in: .host) == whole)
    #expect(try tensors(in: .auto, largest: 1 << 17) == whole)
  }
}
