import DeepFMKit
import Testing

/// What each model must be, whatever it computes; a model that is registered is tested by itself.
@Suite struct ModelTests {
  private static let names = ModelRegistry.builtIn.map { $0.name }

  @Test(arguments: names)
  func `a model learns and comes back from its file bit for bit`(name: String) throws {
    var configuration = smallConfiguration(name)
    configuration.sizes.batchNorm = true
    configuration.epochs = 2
    let log = pairwiseLog(rows: 400)
    let run = try trainOnReference(log, configuration)
    #expect(run.model.history[1].trainingLoss < run.model.history[0].trainingLoss)
    try withTemporaryFolder { folder in
      try run.model.write(to: folder + "/model.deepfm")
      let again = try TrainedModel(contentsOf: folder + "/model.deepfm")
      #expect(again == run.model)
      let rows = try again.encoder.encode([log])
      #expect(
        try Predictor(again, on: ReferenceBackend()).predict(rows)
          == Predictor(run.model, on: ReferenceBackend()).predict(rows))
    }
  }

  @Test func `models are named once and found by their names`() {
    #expect(Set(Self.names).count == Self.names.count)
    for type in ModelRegistry.builtIn { #expect(ModelRegistry.type(named: type.name) == type) }
    #expect(ModelRegistry.type(named: "DeepFM-D") == DeepFM<DNN>.self)
  }

  @Test func `deep FM shares one embedding and FM DNN does not`() throws {
    func tables(_ name: String) throws -> [String] {
      let layout = BatchLayout(features: 9, fields: 2, slotFields: [0, 1], weighted: false)
      return try ModelRegistry.model(named: name, ModelConfiguration()).build(layout: layout)
        .graph.parameters.filter { $0.kind == .table }.map(\.name)
    }
    #expect(try tables("deepfm-d") == ["embedding", "wide.weight"])
    #expect(try tables("lr-dnn") == ["embedding", "wide.weight"])
    #expect(try tables("fm-dnn") == ["embedding", "wide.weight", "deep.embedding"])
    #expect(try tables("fnn") == ["embedding", "wide.weight"])
  }
}

@Suite struct PretrainingTests {
  private let log = pairwiseLog(rows: 1000)

  @Test func `FNN starts from a trained FM and keeps its history apart`() throws {
    var configuration = smallConfiguration("fnn")
    configuration.pretrainingEpochs = 4
    configuration.patience = 0
    var (before, models) = (0, [String]())
    let run = try trainOnReference(log, configuration) { event in
      switch event {
      case .pretraining(.epochFinished): before += 1
      case .started(let start), .pretraining(.started(let start)):
        models.append(start.configuration.model)
      default: break
      }
    }
    #expect(models == ["fnn", "fm"])
    #expect(before == 4 && run.pretraining?.timings.count == 4)
    let pretraining = try #require(run.model.pretraining)
    #expect(pretraining.model == "fm" && pretraining.history.count == 4)
    #expect(run.model.history.count == 3 && run.timings.count == 3)
    #expect(run.duration > (try #require(run.pretraining).duration))

    try withTemporaryFolder { folder in
      try RunFolder.write(run, to: folder)
      #expect(try TrainedModel(contentsOf: RunFolder.modelPath(in: folder)) == run.model)
      let history = String(decoding: try contents(of: folder + "/history.csv"), as: UTF8.self)
      let models = history.split(separator: "\n").dropFirst().map { $0.split(separator: ",").last }
      #expect(models == Array(repeating: "fm", count: 4) + Array(repeating: "fnn", count: 3))
      let metrics = String(decoding: try contents(of: folder + "/metrics.json"), as: UTF8.self)
      #expect(metrics.contains("\"pretraining_epochs\" : 4"))
    }
  }

  @Test func `the first step of FNN sees the numbers of the FM`() throws {
    // A learning rate that moves nothing: the tables are still those of the FM.
    var configuration = smallConfiguration("fnn")
    configuration.sizes.dropout = 0
    configuration.optimizer = OptimizerName(SGD.self)
    configuration.learningRate = 1e-30
    let fnn = try trainOnReference(log, configuration).model
    var first = TrainingConfiguration(model: "fm")
    first.sizes.embeddingSize = configuration.sizes.embeddingSize
    first.batchSize = configuration.batchSize
    first.epochs = configuration.pretrainingEpochs
    first.tables = configuration.tables
    let fm = try trainOnReference(log, first).model
    for name in ["embedding", "wide.weight"] {
      let values = try #require(fm.tensors.first { $0.name == name }).values
      #expect(fnn.tensors.first { $0.name == name }?.values == values)
      #expect(values.contains { $0 != 0 })
    }
  }

  @Test func `without pretraining FNN is a deep network`() throws {
    var configuration = smallConfiguration("fnn")
    configuration.pretrainingEpochs = 0
    let run = try trainOnReference(log, configuration)
    #expect(run.pretraining == nil && run.model.pretraining == nil)
  }
}

@Suite struct RegistryTests {
  @Test func `a deep part of somebody else is one file`() throws {
    var configuration = smallConfiguration()
    configuration.model = try TrainingConfiguration(DeepFM<CrossNetwork>.self).model
    configuration.epochs = 8
    let model = try ClickModel.fit(
      pairwiseLog(rows: 2000), configuration: configuration, device: "reference")
    #expect(model.trained.configuration.model == "deepfm-cross")
    #expect(try #require(model.validation?.auc) > 0.8)
  }

  /// A model of somebody else: a constant click rate.
  private struct Constant: Model {
    static let name = "test-constant"
    static let summary = "one number"
    init(_ configuration: ModelConfiguration) {}
    func logits(in graph: inout Graph) -> Value {
      let nothing = graph.firstOrder("nothing")
      return graph.dense("rate", nothing, outputs: 1)
    }
  }

  /// Another model of the name of a built-in one.
  private struct Impostor: Model {
    static let name = "lr"
    static let summary = "not LR"
    init(_ configuration: ModelConfiguration) {}
    func logits(in graph: inout Graph) -> Value { graph.firstOrder("wide") }
  }

  @Test func `a programs own model is trained saved and loaded by its name`() throws {
    var configuration = try TrainingConfiguration(Constant.self)
    configuration.epochs = 1
    _ = try TrainingConfiguration(Constant.self)
    #expect(ModelRegistry.all.filter { $0.name == Constant.name }.count == 1)
    let model = try ClickModel.fit(
      pairwiseLog(rows: 200), configuration: configuration, device: "reference")
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/own")
      let again = try ClickModel(contentsOf: folder + "/own", device: "reference")
      #expect(again.trained == model.trained)
    }
    #expect(
      try TrainingConfiguration(
        TrainingSettings(yaml: "model: test-constant", name: "")
      ).model == "test-constant")
  }

  @Test func `a name is given once`() {
    #expect(throws: ModelError.nameTaken("lr")) { try ModelRegistry.register(Impostor.self) }
    #expect(ModelRegistry.type(named: "lr") == LR.self)
  }
}
