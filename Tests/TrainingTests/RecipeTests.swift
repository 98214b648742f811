import DeepFMKit
import Foundation
import Testing

/// What a training recipe is made of beside optimizers: presets, warm-up, scaling, sampling.
@Suite struct RecipeTests {
  private func configuration(_ yaml: String) throws -> TrainingConfiguration {
    try TrainingConfiguration(TrainingSettings(yaml: yaml, name: "config.yaml"))
  }

  @Test func `dropout and keep probability are one setting by two names`() throws {
    #expect(try configuration("keep_probability: 0.75").sizes.dropout == 0.25)
    #expect(try configuration("dropout: 0.25").sizes.keepProbability == 0.75)
    #expect(try configuration("keep_probability: 1").sizes.dropout == 0)
    #expect(try configuration("keep_probability: 0.9\ndropout: 0.5").sizes.dropout == 0.5)
    #expect(throws: UserError.self) { try configuration("keep_probability: 0") }
    let yaml = try configuration("keep_probability: 0.75").yaml
    #expect(yaml.contains("dropout: 0.25") && !yaml.contains("keep_probability"))
  }

  @Test func `a preset is what other settings are changes to`() throws {
    let lr = try configuration("model: lr\npreset: paper").recipe
    #expect(lr.wide.optimizer.isEqual(to: FTRL(beta: 1e-3)) && lr.wide.l2 == 0)
    let paper = try configuration("preset: paper\nbatch_norm: true")
    #expect(paper.sizes.dropout == 0.5 && paper.sizes.batchNorm && paper.recipe.clipNorm == nil)
    #expect(paper.recipe.wide.optimizer.isEqual(to: Adam()))
    let wide = try configuration("dropout: 0.125\npreset: ftrl-wide")
    #expect(wide.sizes.dropout == 0.125)
    #expect(wide.recipe.wide.optimizer.isEqual(to: FTRL(beta: 1e-3)))
    #expect(wide.recipe.deep.optimizer.isEqual(to: Adam()))
    for preset in Preset.allCases {
      let made = TrainingConfiguration(model: "deepfm-d", preset: preset)
      #expect(try configuration(made.yaml) == made)
      #expect(try configuration("preset: \(preset.rawValue)") == made)
    }
  }

  @Test func `rates and L2 follow the batch size`() throws {
    let large = try configuration(
      """
      base_batch_size: 100
      batch_size: 400
      learning_rate: 0.5
      wide_l2: 0.25
      embedding_l2: 0.125
      deep_l2: 0.125
      """
    ).recipe
    #expect(large.deep.rate == 1 && large.embedding.rate == 0.5 && large.wide.rate == 0.5)
    #expect(large.wide.l2 == 1 && large.embedding.l2 == 0.5 && large.deep.l2 == 0.125)
    let preset = try configuration("preset: large-batch").recipe
    #expect(preset.rowClip == RowClip() && preset.embedding.rate == 1e-4)
    #expect(preset.deep.rate == 4 * 5e-4)
  }

  @Test func `warm up raises the rate in a straight line`() throws {
    var settings = smallConfiguration("lr")
    settings.optimizer = OptimizerName(SGD.self)
    settings.learningRate = 1
    settings.clipNorm = 0
    settings.validFraction = 0
    settings.batchSize = 100
    settings.epochs = 1
    func weights(_ epochs: Float, _ parts: WarmUpParts) throws -> [Float] {
      settings.warmUpEpochs = epochs
      settings.warmUpParts = parts
      let run = try trainOnReference(pairwiseLog(rows: 100), settings)
      return try #require(run.model.tensors.first { $0.name == "wide.weight" }).values
    }
    // A single step: the first of four has a quarter of the rate.
    let (cold, warm) = (try weights(0, .all), try weights(4, .all))
    #expect(zip(cold, warm).allSatisfy { abs($0 / 4 - $1) < 1e-7 } && cold.contains { $0 != 0 })
    #expect(try weights(4, .deep) == cold)
  }

  @Test(arguments: [
    (Float(0.5), Float(0.1), Float(0.5 / 5.5)), (0.5, 1, 0.5), (0, 0.5, 0), (1, 0.5, 1),
  ])
  func `a sampled models probability is corrected`(p: Float, rate: Float, expected: Float) {
    #expect(abs(Odds.multiplied(p, by: rate) - expected) < 1e-7)
  }

  @Test func `training on a part of the negatives is corrected wherever it predicts`() throws {
    // One click in five, whatever the user: the model has nothing to learn but the rate.
    let log = LogSource.rows(
      columns: ["click", "user"], (0..<4000).map { [$0 % 5 == 0 ? "1" : "0", "u\($0 % 7)"] })
    var settings = smallConfiguration("lr")
    settings.negativeRate = 0.25
    settings.epochs = 20
    var rows = 0
    let run = try trainOnReference(log, settings) {
      if case .started(let start) = $0 { rows = start.trainingRows }
    }
    #expect(rows > 1300 && rows < 1600)
    #expect(abs(try #require(run.model.validation?.calibration) - 1) < 0.15)
    try withTemporaryFolder { folder in
      try run.model.write(to: folder + "/model")
      let model = try ClickModel(contentsOf: folder + "/model", device: "reference")
      let probabilities = try model.predict(.rows(columns: ["user"], [["u1"], ["u2"]]))
      #expect(probabilities.allSatisfy { abs($0 - 0.2) < 0.04 })
    }
  }

  @Test func `row wise adagrad keeps one number a row and is saved so`() throws {
    var settings = smallConfiguration("deepfm-d")
    settings.optimizer = OptimizerName(RowwiseAdagrad.self)
    let run = try trainOnReference(pairwiseLog(rows: 400), settings)
    let table = try #require(run.model.tensors.first { $0.name == "embedding" })
    #expect(table.states.map(\.count) == [table.rows])
    let layer = try #require(run.model.tensors.first { $0.name == "deep.0.weight" })
    #expect(layer.states.map(\.count) == [layer.values.count])
    try withTemporaryFolder { folder in
      try run.model.write(to: folder + "/model")
      #expect(try TrainedModel(contentsOf: folder + "/model") == run.model)
    }
  }

  @Test func `decaying rows keep their last step, and are saved and gone on with so`() throws {
    var settings = smallConfiguration("deepfm-d")
    (settings.tables, settings.rowDecay, settings.validFraction) = (.whole, 0.01, 0)
    let run = try trainOnReference(pairwiseLog(rows: 400), settings)
    let table = try #require(run.model.tensors.first { $0.name == "embedding" })
    #expect(table.states.map(\.count) == [table.values.count, table.values.count, table.rows])
    #expect(table.states[2].max() == Float(run.model.step))
    let layer = try #require(run.model.tensors.first { $0.name == "deep.0.weight" })
    #expect(layer.states.count == 2)
    try withTemporaryFolder { folder in
      try run.model.write(to: folder + "/model")
      #expect(try TrainedModel(contentsOf: folder + "/model") == run.model)
    }
  }

  @Test(arguments: InitializerName.allCases)
  func `initial numbers are as named`(name: InitializerName) throws {
    var sizes = ModelConfiguration()
    sizes.embeddingInitializer = name
    sizes.embeddingDeviation = 0.25
    sizes.hiddenInitializer = name
    let layout = BatchLayout(features: 1000, fields: 2, slotFields: [0, 1], weighted: false)
    let graph = DeepFM<DNN>(sizes).build(layout: layout).graph
    func moments(_ parameter: String) throws -> (variance: Double, largest: Double) {
      let parameter = try #require(graph.parameters.first { $0.name == parameter })
      let values = parameter.initializer.values(for: parameter, seed: 1).map(Double.init)
      return (
        values.reduce(0) { $0 + $1 * $1 } / Double(values.count),
        values.map(abs).max() ?? 0
      )
    }
    let (table, layer) = (try moments("embedding"), try moments("deep.1.weight"))
    let expected: (table: Double, layer: Double) =
      switch name {
      case .normal, .uniform: (0.0625, 2.0 / 800)
      case .xavier, .xavierUniform: (2.0 / 1010, 2.0 / 800)
      case .he, .heUniform: (2.0 / 1000, 2.0 / 400)
      case .zeros: (0, 0)
      }
    #expect(abs(table.variance - expected.table) <= 0.05 * expected.table)
    #expect(abs(layer.variance - expected.layer) <= 0.05 * expected.layer)
    let isBounded = [.uniform, .xavierUniform, .heUniform, .zeros].contains(name)
    #expect((layer.largest <= 1.7321 * expected.layer.squareRoot()) == isBounded)
  }
}

@Suite struct ContinuedTrainingTests {
  private let log = pairwiseLog(rows: 600)

  @Test func `training goes on with encoder weights steps and optimizer`() throws {
    var settings = smallConfiguration("deepfm-d")
    settings.validFraction = 0
    settings.patience = 0
    settings.epochs = 4
    let whole = try trainOnReference(log, settings).model
    settings.epochs = 2
    let first = try trainOnReference(log, settings).model

    // By way of the file, in single precision, as a user does it.
    let start = try withTemporaryFolder { folder in
      try first.write(to: folder + "/model")
      return try TrainedModel(contentsOf: folder + "/model")
    }
    let data = try TrainingData(
      training: [log], encoder: start.encoder, configuration: settings)
    let run = try Trainer(
      data, configuration: settings, backend: ReferenceBackend(), from: start
    ).run()
    #expect(run.model.step == whole.step)
    #expect(run.model.history.map(\.epoch) == [1, 2, 3, 4])
    #expect(run.timings.count == 2)
    for (found, expected) in zip(run.model.tensors, whole.tensors) {
      let differences = zip(found.values, expected.values).map { abs($0 - $1) }
      #expect(differences.allSatisfy { $0 < 1e-4 }, "\(found.name)")
    }
  }

  @Test func `new ids share the row of unknown ones and the start is kept if nothing is better`()
    throws
  {
    var settings = smallConfiguration("fm")
    let start = try trainOnReference(log, settings).model
    settings.optimizer = OptimizerName(SGD.self)
    settings.learningRate = 50
    settings.epochs = 2
    let other = LogSource.rows(
      columns: ["click", "user", "item", "noise"],
      (0..<300).map { ["\($0 % 2)", "new \($0)", "new \($0)", "n0"] })
    let data = try TrainingData(
      training: [other], validation: [log], encoder: start.encoder, configuration: settings)
    var before: Evaluation?
    let run = try Trainer(
      data, configuration: settings, backend: ReferenceBackend(), from: start
    ).run { if case .resumed(_, let evaluation) = $0 { before = evaluation } }
    #expect(try #require(before?.auc) > 0.7)
    #expect(run.model.tensors.map(\.values) == start.tensors.map(\.values))
    #expect(run.model.bestEpoch == start.bestEpoch)
  }

  @Test func `another model or encoder is refused`() throws {
    let settings = smallConfiguration("fm")
    let start = try trainOnReference(log, settings).model
    func refuse(_ change: (inout TrainingConfiguration) -> Void, _ text: String) throws {
      var other = settings
      change(&other)
      let data = try TrainingData(
        training: [log], encoder: start.encoder, configuration: other)
      #expect {
        try Trainer(data, configuration: other, backend: ReferenceBackend(), from: start)
      } throws: { "\($0)".contains(text) }
    }
    try refuse({ $0.model = "lr" }, "found a fm to go on from")
    try refuse({ $0.sizes.embeddingSize = 5 }, "embedding [")
    let data = try TrainingData(training: [pairwiseLog(rows: 60)], configuration: settings)
    #expect(throws: TrainingError.foreignRows) {
      try Trainer(data, configuration: settings, backend: ReferenceBackend(), from: start)
    }
  }
}
