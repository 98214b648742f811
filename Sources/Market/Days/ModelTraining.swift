import Features
import Logs
import Models
import Operators
import Support
import Training

/// Trains a model of an experiment on its logs.
struct ModelTraining {
  let design: MarketDesign
  /// A name of the registry.
  let model: String
  /// How many crosses made by hand it is given.
  let crosses: Int
  /// Makes each day's training another one.
  let seed: UInt64
  let backend: any Backend

  /// Trains it from scratch.
  func train(on logs: [LogSource]) throws -> TrainedModel {
    try train(on: logs, configuration, backend).model
  }

  /// Trains the first of models that go on from day to day.
  func begin(on logs: [LogSource]) throws -> (TrainedModel, ValueLedger) {
    let (model, encoder) = try train(on: logs, configuration, backend)
    return (model, ValueLedger(encoder))
  }

  /// Trains the model of the day before on a further day, once over its rows, with table rows for new ids.
  ///
  /// - Parameter path: its file, with what is known of its ids beside it.
  func goOn(from path: String, with logs: [LogSource]) throws -> (TrainedModel, ValueLedger) {
    let before = try TrainedModel(contentsOf: path)
    var configuration = configuration
    (configuration.epochs, configuration.validFraction) = (1, 0)
    return try goOn(
      from: before, RunFolder.ledger(of: before.encoder, at: path), logs, configuration, backend)
  }

  private func train(
    on logs: [LogSource], _ configuration: TrainingConfiguration, _ backend: some Backend
  ) throws -> (model: TrainedModel, FeatureEncoder) {
    let data = try TrainingData(training: logs, schema: schema, configuration: configuration)
    return (
      try Trainer(data, configuration: configuration, backend: backend).run().model, data.encoder
    )
  }

  private func goOn(
    from before: TrainedModel, _ ledger: ValueLedger, _ logs: [LogSource],
    _ configuration: TrainingConfiguration, _ backend: some Backend
  ) throws -> (TrainedModel, ValueLedger) {
    let data = try TrainingData(
      training: logs, schema: schema, encoder: before.encoder,
      growing: .init(ledger, by: Admission()), configuration: configuration)
    guard let growth = data.growth else { preconditionFailure("the encoder was to grow") }
    // The row of what was never seen has stood for a new value so far, and has learned something.
    let start = try before.grown(growth, from: .unknown)
    let run = try Trainer(data, configuration: configuration, backend: backend, from: start).run()
    return (run.model, growth.ledger)
  }

  private var schema: Schema {
    // Values that are rare share the row of what was never seen, so that this row has learned something.
    var fields = MarketColumn.allCases.map { column in
      Schema.Field.categorical(column.name, minCount: column.cardinality == nil ? 5 : 1)
    }
    fields += MarketColumn.crosses.prefix(crosses).map { .categorical($0.name, minCount: 2) }
    if design.place == .feature { fields.append(.categorical("position")) }
    return Schema(format: .csv, label: "click", fields: fields)
  }

  /// Settings that did best for either model on one market's log, of some that were tried: what is usual is meant
  /// for logs of millions of rows.
  private var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration(model: model)
    configuration.sizes.embeddingSize = design.embedding
    configuration.sizes.hidden = design.hidden
    configuration.sizes.batchNorm = false
    (configuration.wide.l2, configuration.embedding.l2) = (3e-4, 3e-4)
    if model != LR.name { configuration.learningRate = 0.01 }
    configuration.batchSize = 1024
    configuration.epochs = design.epochs
    configuration.patience = 1
    configuration.seed = seed
    return configuration
  }
}
