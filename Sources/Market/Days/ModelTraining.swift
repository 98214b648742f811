import Features
import Logs
import Models
import Operators
import Support
import Training

/// Trains the models of an experiment on its logs.
struct ModelTraining {
  let design: MarketDesign
  let seed: UInt64

  /// - Parameters:
  ///   - model: a name of the registry.
  ///   - crosses: how many crosses made by hand it is given.
  ///   - day: makes each day's training another one.
  func train(
    _ model: String, crosses: Int, on logs: [LogSource], day: Int, backend: some Backend
  ) throws -> TrainedModel {
    let configuration = configuration(model, day: day)
    let data = try TrainingData(
      training: logs, schema: schema(crosses: crosses), configuration: configuration)
    return try Trainer(data, configuration: configuration, backend: backend).run().model
  }

  private func schema(crosses: Int) -> Schema {
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
  private func configuration(_ model: String, day: Int) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(model: model)
    configuration.sizes.embeddingSize = design.embedding
    configuration.sizes.hidden = design.hidden
    configuration.sizes.batchNorm = false
    (configuration.wide.l2, configuration.embedding.l2) = (3e-4, 3e-4)
    if model != LR.name { configuration.learningRate = 0.01 }
    configuration.batchSize = 1024
    configuration.epochs = design.epochs
    configuration.patience = 1
    configuration.seed = seed &+ UInt64(day)
    return configuration
  }
}
