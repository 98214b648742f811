import Data
import DeepFMKit
import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Training

/// A model over an encoder that has grown.
@Suite struct GrownModelTests {
  /// A day of rows; users and items from a range, in an order of its own.
  static func day(_ users: Range<Int>, seed: Int = 1) -> LogSource {
    .rows(
      columns: ["click", "user", "item"],
      (0..<240).map { row in
        let user = users.lowerBound + (row * seed) % users.count
        return ["\((user + row) % 3 == 0 ? 1 : 0)", "u\(user)", "i\(row % 7)"]
      })
  }

  static func configuration(_ model: String, _ optimizer: OptimizerName) -> TrainingConfiguration {
    var configuration = smallConfiguration(model)
    configuration.optimizer = optimizer
    (configuration.epochs, configuration.pretrainingEpochs) = (1, 1)
    configuration.validFraction = 0
    return configuration
  }

  static func train(
    _ log: LogSource, _ configuration: TrainingConfiguration, from start: TrainedModel? = nil,
    _ growing: EncodedLogs.Growing? = nil
  ) throws -> (model: TrainedModel, growth: EncoderGrowth?) {
    let data = try TrainingData(
      training: [log], encoder: start?.encoder, growing: growing, configuration: configuration)
    let grown = try data.growth.flatMap { try start?.grown($0, from: .initial) } ?? start
    let run = try Trainer(
      data, configuration: configuration, backend: ReferenceBackend(), from: grown
    ).run()
    return (run.model, data.growth)
  }

  static func growing(
    _ model: TrainedModel, expireAfter: Int? = nil
  ) -> EncodedLogs.Growing {
    .init(ValueLedger(model.encoder), by: Admission(expireAfter: expireAfter))
  }

  /// What rows add to a model's encoder.
  static func growth(
    of model: TrainedModel, by log: LogSource, expireAfter: Int? = nil
  ) throws -> EncoderGrowth {
    let data = try TrainingData(
      training: [log], encoder: model.encoder, growing: growing(model, expireAfter: expireAfter),
      configuration: model.configuration)
    return try #require(data.growth)
  }

  @Test(arguments: ["lr", "fm", "deepfm-d", "fnn", "deepfm-p", "fm-dnn"])
  func `a model grows by rows and predicts the rows it knew alike`(name: String) throws {
    let settings = Self.configuration(name, OptimizerName(Adam.self))
    let (model, _) = try Self.train(Self.day(0..<20), settings)
    let growth = try Self.growth(of: model, by: Self.day(10..<35))
    let grown = try model.grown(growth, from: .initial)
    #expect(growth.admitted == 15 && grown.step == model.step)
    #expect(grown.encoder.layout.features == model.encoder.layout.features + 15)
    func predict(_ model: TrainedModel) throws -> [Float] {
      try Predictor(model, on: ReferenceBackend()).predict(
        model.encoder.encode([Self.day(0..<20, seed: 3)]))
    }
    #expect(try predict(grown) == predict(model))
    // And it goes on: by the same steps, with rows that are learned.
    let (next, _) = try Self.train(Self.day(10..<35), settings, from: model, Self.growing(model))
    #expect(next.step > model.step && next.encoder == growth.encoder)
  }

  @Test func `rows of new values have as many numbers as those of their field`() throws {
    var settings = Self.configuration("fm", OptimizerName(Adam.self))
    settings.embeddingSizes = .fields(["user": 3])
    let (model, _) = try Self.train(Self.day(0..<20), settings)
    let growth = try Self.growth(of: model, by: Self.day(10..<35))
    let grown = try model.grown(growth, from: .initial)
    let vectors = try #require(grown.tensors.first { $0.name == "embedding" }).values
    // Two rows stand for unknown and missing values.
    let news = growth.changes[0].admitted.map { Array(vectors[4 * ($0 + 2)..<4 * ($0 + 3)]) }
    #expect(news.count == 15 && news.allSatisfy { $0[3] == 0 && !$0[0..<3].contains(0) })
  }

  @Test(arguments: [
    OptimizerName(Adam.self), OptimizerName(FTRL.self), OptimizerName(RowwiseAdagrad.self),
    OptimizerName(SGD.self),
  ])
  func `rows move with their optimizer's numbers, and new ones begin anew`(
    optimizer: OptimizerName
  ) throws {
    let settings = Self.configuration("deepfm-d", optimizer)
    let (model, _) = try Self.train(Self.day(0..<20), settings)
    let growth = try Self.growth(of: model, by: Self.day(10..<30), expireAfter: 1)
    // Ten users are gone, ten have come and sit in their rows.
    #expect(growth.expired == 10 && growth.admitted == 10)
    #expect(growth.encoder.layout == model.encoder.layout)
    let grown = try model.grown(growth, from: .initial)
    let graph = try grown.build().graph
    let recipe = settings.recipe
    for (tensor, before) in zip(grown.tensors, model.tensors) {
      let parameter = try #require(graph.parameters.first { $0.name == tensor.name })
      guard parameter.kind == .table else {
        #expect(tensor == before)
        continue
      }
      let news = Set(growth.changes[0].admitted.map { $0 + 2 })
      for row in 0..<tensor.rows {
        let place = row * tensor.columns..<(row + 1) * tensor.columns
        let values = Array(tensor.values[place])
        guard news.contains(row) else {
          #expect(values == Array(before.values[place]))
          continue
        }
        #expect(values != Array(before.values[place]) || tensor.columns == 1)
        let fresh = recipe.optimizer(of: parameter)
        for (index, state) in tensor.states.enumerated() {
          let isPerRow = state.count != tensor.values.count
          #expect(
            Array(isPerRow ? state[row...row] : state[place])
              == fresh.initialState(
                index, of: values, rows: 1, rate: recipe[parameter.group].rate))
        }
      }
    }
  }

  @Test func `a new value's numbers depend on the value alone`() throws {
    let settings = Self.configuration("fm", OptimizerName(Adam.self))
    let (model, _) = try Self.train(Self.day(0..<20), settings)
    func rows(_ day: LogSource) throws -> [String: [Float]] {
      let grown = try model.grown(Self.growth(of: model, by: day), from: .initial)
      let table = try #require(grown.tensors.first { $0.name.contains("embedding") })
      let field = grown.encoder.fields[0]
      return Dictionary(
        uniqueKeysWithValues: field.vocabulary.ranked.map { rank, value in
          let row = Int(field.firstValueID) + rank
          return (value, Array(table.values[row * table.columns..<(row + 1) * table.columns]))
        })
    }
    let (one, other) = (try rows(Self.day(10..<40)), try rows(Self.day(30..<60)))
    for user in 30..<40 { #expect(one["u\(user)"] == other["u\(user)"]) }
    #expect(Set((30..<40).compactMap { one["u\($0)"] }).count == 10)
    let all = (20..<40).flatMap { one["u\($0)"] ?? [] }
    let mean = all.reduce(0, +) / Float(all.count)
    let deviation = (all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(all.count))
      .squareRoot()
    let usual = settings.sizes.embeddingDeviation
    #expect(abs(deviation / usual - 1) < 0.35, "\(deviation) for \(usual)")
  }

  @Test func `new rows start from the unknown one where that is asked for`() throws {
    let settings = Self.configuration("fm", OptimizerName(Adam.self))
    let (model, _) = try Self.train(Self.day(0..<20), settings)
    let grown = try model.grown(Self.growth(of: model, by: Self.day(10..<22)), from: .unknown)
    for table in grown.tensors where table.rows == grown.encoder.layout.features {
      let unknown = table.values[..<table.columns]
      for row in 22..<24 {
        #expect(table.values[row * table.columns..<(row + 1) * table.columns] == unknown)
      }
    }
  }

  @Test func `the same day gives the same bytes, and a file keeps what has grown`() throws {
    try withTemporaryFolder { folder in
      let settings = Self.configuration("deepfm-d", OptimizerName(Adam.self))
      let (model, _) = try Self.train(Self.day(0..<20), settings)
      for name in ["a", "b"] {
        let (next, growth) = try Self.train(
          Self.day(15..<30), settings, from: model, Self.growing(model, expireAfter: 1))
        try next.write(to: "\(folder)/\(name).deepfm")
        #expect(try TrainedModel(contentsOf: "\(folder)/\(name).deepfm") == next)
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        try RunFolder.write(#require(growth).ledger, to: "\(folder)/\(name)")
        let path = "\(folder)/\(name)/model.deepfm"
        #expect(try RunFolder.ledger(of: next.encoder, at: path) == growth?.ledger)
        #expect(throws: UserError.self) {
          try RunFolder.ledger(of: model.encoder, at: path)
        }
      }
      #expect(try contents(of: folder + "/a.deepfm") == contents(of: folder + "/b.deepfm"))
      #expect(try contents(of: folder + "/a/ids.json") == contents(of: folder + "/b/ids.json"))
    }
  }
}
