import Data
import DeepFMKit
import Diagnostics
import Operators
import Random
import Synchronization
import Testing

@testable import Training

/// Trainings whose tables lie in several buffers, or in the host's memory: to the bytes of one whose tables lie in one
/// buffer each.
@Suite(.serialized) struct StoredTableTests {
  /// Fields of many features, of which a batch has few, one of few features for dense layers by id, and two of one
  /// vocabulary; beside these, where `hasLists`, a list and a number.
  static func data(
    _ configuration: TrainingConfiguration, hasLists: Bool
  ) throws -> TrainingData {
    var random = RandomStream(seed: 3, purpose: "stored tables")
    func value(_ letter: String, of count: UInt32) -> String {
      "\(letter)\(random.nextWord() % count)"
    }
    let log = LogSource.rows(
      columns: ["click", "user", "item", "other", "kind", "tags", "age"],
      (0..<160).map { _ in
        let cells = [value("u", of: 300), value("i", of: 300), value("i", of: 300)]
        let rate = cells[0].last == cells[1].last ? 0.9 : 0.3
        return [random.uniform() < rate ? "1" : "0"] + cells + [
          value("k", of: 9), "\(value("t", of: 200))|\(value("t", of: 200))",
          value("", of: 80),
        ]
      })
    var schema = Schema()
    schema.label = Schema.Label(column: "click")
    schema.fields = [
      .categorical("user").hashed(into: 13_000),
      .categorical("item", vocabulary: "items").hashed(into: 4000),
      .categorical("other", vocabulary: "items").hashed(into: 4000), .categorical("kind"),
    ]
    if hasLists {
      schema.fields += [.multivalued("tags").hashed(into: 3000), .numeric("age")]
    }
    return try TrainingData(training: [log], schema: schema, configuration: configuration)
  }

  /// Every model, and every optimizer, each with other settings.
  static let configurations: [TrainingConfiguration] = {
    let optimizers = OptimizerRegistry.builtIn
    var all = ModelRegistry.builtIn.map { smallConfiguration($0.name) }
    all += optimizers.flatMap { _ in ["deepfm-d", "fm"].map { smallConfiguration($0) } }
    for index in all.indices {
      all[index].optimizer = OptimizerName(optimizers[index / 2 % optimizers.count])
      all[index].sizes.batchNorm = index % 2 == 0
      all[index].batchSize = 32
      all[index].clipNorm = index % 3 == 0 ? 0.01 : 0
      all[index].tables = index % 2 == 0 ? .whole : .touched
      all[index].embedding.l2 = index % 4 == 0 ? 1e-3 : 0
      all[index].wide.l2 = 1e-3
      // The norm of a whole table's gradient is another sum in pieces where rows are bounded by themselves, and with
      // virtual ranks.
      let sumsAlike = all[index].tables == .touched || all[index].clipNorm == 0
      all[index].rowClip = index % 7 == 3 && sumsAlike ? 0.5 : 0
      all[index].virtualRanks = index % 5 == 4 && sumsAlike ? 4 : nil
      (all[index].epochs, all[index].pretrainingEpochs) = (2, 1)
    }
    return all
  }()

  /// One for all: its kernels are compiled once.
  nonisolated(unsafe) private static let backend = Result {
    try OpenCLBackend(Device.select("cpu"))
  }

  private static func train(
    _ configuration: TrainingConfiguration, _ data: TrainingData, in placement: TablePlacement,
    largest: Int? = nil, keepsFrequentRows: Bool = false
  ) throws -> (model: TrainedModel, places: [TablePlace]) {
    let backend = try backend.get()
    (backend.tablePlacement, backend.largestBuffer) = (placement, largest)
    backend.keepsFrequentRows = keepsFrequentRows
    defer {
      (backend.tablePlacement, backend.largestBuffer) = (.auto, nil)
      backend.keepsFrequentRows = false
    }
    let trainer = try Trainer(data, configuration: configuration, backend: backend)
    return (try trainer.run().model, trainer.plan.tables)
  }

  @Test(arguments: configurations.indices)
  func `tables in pieces and on the host train to the same bytes`(index: Int) throws {
    let configuration = Self.configurations[index]
    let data = try Self.data(configuration, hasLists: index % 4 > 1)
    let (expected, none) = try Self.train(configuration, data, in: .auto)
    #expect(none.isEmpty)
    // As much as a block of the embedding's rows has, and one of the first-order weights; twice that where other
    // buffers are longer: those of newer models on all fields, and of quadratic layers.
    let isLonger = index >= 18 && index % 4 > 1 || configuration.model.hasSuffix("qnn")
    let (split, places) = try Self.train(
      configuration, data, in: .auto, largest: isLonger ? 1 << 17 : 1 << 16)
    for place in places {
      guard case .buffers = place.kind else {
        #expect(place.kind == .buffer && place.table == "wide.weight", "\(place)")
        continue
      }
    }
    #expect(!places.isEmpty && split == expected)
    guard configuration.tables == .touched else { return }
    let (host, hosted) = try Self.train(configuration, data, in: .host)
    #expect(!hosted.isEmpty && hosted.allSatisfy { $0.kind == .host } && host == expected)
    #expect(hosted.allSatisfy { $0.rowsOnDevice == 0 })
    // Some of a batch's rows travel, and some stay.
    let (kept, keptPlaces) = try Self.train(configuration, data, in: .host, keepsFrequentRows: true)
    #expect(keptPlaces.allSatisfy { $0.rowsOnDevice > 10 || configuration.virtualRanks != nil })
    #expect(kept == expected)
  }

  /// A small model of fields with many features.
  private static let small: TrainingConfiguration = {
    var configuration = smallConfiguration("deepfm-d")
    (configuration.batchSize, configuration.tables) = (32, .touched)
    return configuration
  }()

  @Test
  func `vectors that are not trained stay where they are, beside tables that travel`() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/kinds.txt"
      let vectors = (0..<9).map { "k\($0) 0.\($0) -1 0.5 \($0)" }
      try vectors.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
      var settings = try TrainingSettings(yaml: Self.small.yaml, name: "test")
      settings.set("vectors", to: "kind=\(path):frozen", origin: "test")
      let configuration = try TrainingConfiguration(settings)
      let data = try Self.data(configuration, hasLists: true)
      let (expected, none) = try Self.train(configuration, data, in: .auto)
      let (split, places) = try Self.train(configuration, data, in: .auto, largest: 1 << 17)
      let (host, hosted) = try Self.train(configuration, data, in: .host)
      #expect(none.isEmpty && !places.isEmpty && !hosted.isEmpty)
      #expect(split == expected && host == expected)
      let frozen = try #require(expected.tensors.first { $0.name == "embedding.frozen" })
      #expect(frozen.values.contains(0.8))
    }
  }

  @Test func `vectors of different sizes are the same wherever tables lie`() throws {
    var settings = try TrainingSettings(yaml: Self.small.yaml, name: "test")
    settings.set("embedding_sizes", to: "user=3, item=1", origin: "test")
    let configuration = try TrainingConfiguration(settings)
    let data = try Self.data(configuration, hasLists: true)
    let (expected, _) = try Self.train(configuration, data, in: .auto)
    let (split, places) = try Self.train(configuration, data, in: .auto, largest: 1 << 17)
    let (host, hosted) = try Self.train(configuration, data, in: .host)
    #expect(!places.isEmpty && !hosted.isEmpty && split == expected && host == expected)
    #expect(expected.configuration.sizes.fieldSizes.prefix(4) == [3, 1, 1, 4])
  }

  @Test(arguments: [(TablePlacement.auto, false), (.host, false), (.host, true)])
  func `a training in pieces or on the host goes on, and predicts, wherever tables lie`(
    placement: TablePlacement, keepsFrequentRows: Bool
  ) throws {
    var configuration = Self.small
    configuration.epochs = 2
    let data = try Self.data(configuration, hasLists: false)
    let backend = try Self.backend.get()
    func place(_ elsewhere: Bool) {
      backend.tablePlacement = elsewhere ? placement : .auto
      backend.largestBuffer = elsewhere && placement == .auto ? 1 << 17 : nil
      backend.keepsFrequentRows = elsewhere && keepsFrequentRows
    }
    defer { place(false) }
    func trainer() throws -> Trainer<OpenCLBackend> {
      try Trainer(data, configuration: configuration, backend: backend)
    }
    let expected = try trainer().run().model
    place(true)
    let found = Mutex<[Checkpoint]>([])
    let first = try trainer()
    let run = try first.run(
      checkpoints: CheckpointPolicy(every: .zero) { checkpoint in
        found.withLock { $0.append(checkpoint) }
      })
    #expect(!first.plan.tables.isEmpty && run.model == expected)
    let checkpoints = found.withLock { $0 }
    let middle = checkpoints[checkpoints.count / 2]
    #expect(try trainer().run(from: middle).model == expected)
    let there = try Predictor(expected, on: backend)
    #expect(!there.plan.tables.isEmpty)
    let probabilities = try there.predict(data.training)
    place(false)
    #expect(try trainer().run(from: middle).model == expected)
    #expect(try Predictor(expected, on: backend).predict(data.training) == probabilities)
  }

  @Test(arguments: [DeviceCheck.Tables.pieces, .host])
  func `the check of a device works on tables where the model's are`(
    tables: DeviceCheck.Tables
  ) throws {
    var configuration = Self.small
    configuration.tables = tables == .pieces ? .whole : .touched
    configuration.embedding.l2 = 1e-4
    let layout = BatchLayout(
      features: 4_300, fields: 3, slotFields: [0, 1, 2], weighted: false,
      fieldFeatures: [0..<2_000, 2_000..<4_000, 4_000..<4_300])
    let verdict = try DeviceCheck(
      device: "cpu", products: .auto, configuration, layout: layout, for: .training, tables: tables
    ).run()
    #expect(verdict.fault == nil && verdict.largestShare > 0)
  }
}
