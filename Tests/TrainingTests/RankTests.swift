import DeepFMKit
import Foundation
import OpenCL
import Operators
import Support
import Synchronization
import Testing

@testable import Cluster
@testable import Training

/// Trainings on several ranks: to the bytes of one.
@Suite struct RankTests {
  /// Every model by one optimizer, and the others by one model.
  static let configurations: [TrainingConfiguration] = {
    let optimizers: [any Optimizer.Type] = [SGD.self, Adagrad.self, Adam.self, FTRL.self]
    var all = ModelRegistry.all.enumerated().map { index, type in
      var configuration = smallConfiguration(type.name)
      configuration.optimizer = OptimizerName(optimizers[index % optimizers.count])
      configuration.sizes.batchNorm = index % 2 == 0
      configuration.clipNorm = index % 3 == 0 ? 0.1 : 0
      configuration.tables = index % 4 == 0 ? .whole : .touched
      configuration.embedding.l2 = 1e-3
      return configuration
    }
    all += optimizers.map {
      var configuration = smallConfiguration("deepfm-d")
      configuration.optimizer = OptimizerName($0)
      (configuration.sizes.batchNorm, configuration.rowClip) = (true, 0.5)
      return configuration
    }
    all[all.count - 1].averagingEpochs = 0.5
    all[all.count - 2].tablePrecision = .bfloat16
    for index in all.indices {
      (all[index].epochs, all[index].pretrainingEpochs, all[index].virtualRanks) = (2, 1, 8)
    }
    return all
  }()

  private static func train(
    _ configuration: TrainingConfiguration, _ data: TrainingData, ranks: Int
  ) throws -> TrainedModel {
    let models = try RanksAsThreads.run(ranks) { rank in
      // A backend is for one thread.
      try Trainer(
        data, configuration: configuration, backend: OpenCLBackend(Device.select("cpu")),
        ranks: rank
      ).run().model
    }
    #expect(models.allSatisfy { $0 == models[0] }, "ranks end with different models")
    return models[0]
  }

  @Test(arguments: configurations.indices)
  func `any number of ranks trains the same model`(index: Int) throws {
    let configuration = Self.configurations[index]
    // The last batch has fewer rows than there are pieces.
    let data = try TrainingData(
      training: [pairwiseLog(rows: 64 * 4 + 3)], validation: [pairwiseLog(rows: 150, seed: 9)],
      configuration: configuration)
    let alone = try Self.train(configuration, data, ranks: 1)
    for ranks in index == 0 ? [2, 4, 8] : [2] {
      #expect(try Self.train(configuration, data, ranks: ranks) == alone, "\(ranks) ranks")
    }
  }

  @Test func `pieces learn what a whole batch does, up to rounding`() throws {
    var configuration = smallConfiguration("deepfm-d")
    (configuration.sizes.batchNorm, configuration.sizes.dropout) = (true, 0)
    (configuration.clipNorm, configuration.epochs) = (0.5, 1)
    configuration.optimizer = OptimizerName(SGD.self)
    let data = try TrainingData(
      training: [pairwiseLog(rows: 700)], validation: [pairwiseLog(rows: 100, seed: 9)],
      configuration: configuration)
    func model(_ pieces: Int?) throws -> TrainedModel {
      configuration.virtualRanks = pieces
      return try Trainer(data, configuration: configuration, backend: ReferenceBackend()).run()
        .model
    }
    let whole = try model(nil)
    for pieces in [1, 4, 64] {
      for (tensor, expected) in zip(try model(pieces).tensors, whole.tensors) {
        let difference = zip(tensor.values, expected.values).map { abs($0 - $1) }.max() ?? 0
        #expect(difference < 1e-6, "\(pieces) pieces, \(tensor.name)")
      }
    }
  }

  @Test func `the processors of a machine are shared out among its ranks`() {
    #expect(
      (0..<3).map { Launch.share(of: [0, 1, 4, 5, 6, 9, 10], $0, of: 3) } == [
        [0, 1], [4, 5], [6, 9, 10],
      ])
    #expect((0..<5).map { Launch.share(of: [2, 3], $0, of: 5) } == [[2], [3], [2], [3], [2]])
    #expect(Launch.share(of: [], 0, of: 2).isEmpty)
  }

  @Test func `a number of ranks that does not divide the pieces is refused`() throws {
    var configuration = smallConfiguration("lr")
    let data = try TrainingData(training: [pairwiseLog(rows: 300)], configuration: configuration)
    for (ranks, pieces) in [(3, 8), (4, 2), (2, nil)] {
      configuration.virtualRanks = pieces
      #expect(throws: UserError.self) { try Self.train(configuration, data, ranks: ranks) }
    }
  }
}
