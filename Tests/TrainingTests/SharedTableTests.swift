import DeepFMKit
import OpenCL
import Operators
import Synchronization
import Testing

@testable import Cluster
@testable import Training

/// Trainings whose tables' rows several ranks share: to the bytes of one process that has all of them.
@Suite struct SharedTableTests {
  /// One with a bound on the norm, for which all ranks are told all sums; one with bounds on rows, which ask how often
  /// ids occur; one that is trained before; one with the first-order weights alone.
  static let configurations: [TrainingConfiguration] = {
    var all = ["deepfm-d", "deepfm-p", "fnn", "lr"].map { smallConfiguration($0) }
    (all[0].clipNorm, all[0].sizes.batchNorm, all[0].embedding.l2) = (0.01, true, 1e-3)
    (all[1].rowClip, all[1].optimizer) = (0.5, OptimizerName(RowwiseAdagrad.self))
    (all[2].pretrainingEpochs, all[2].optimizer) = (1, OptimizerName(SGD.self))
    all[3].optimizer = OptimizerName(FTRL.self)
    all[0].averagingEpochs = 0.5
    for index in all.indices {
      (all[index].epochs, all[index].virtualRanks, all[index].tables) = (2, 8, .touched)
      all[index].batchSize = 32
    }
    return all
  }()

  private static func trainer(
    _ configuration: TrainingConfiguration, _ data: TrainingData, _ ranks: any Communicator,
    in placement: TablePlacement
  ) throws -> Trainer<OpenCLBackend> {
    // A backend is for one thread.
    let backend = try OpenCLBackend(Device.select("cpu"))
    backend.tablePlacement = placement
    return try Trainer(data, configuration: configuration, backend: backend, ranks: ranks)
  }

  @Test(arguments: configurations.indices)
  func `ranks that share the rows of tables train the same model`(index: Int) throws {
    let configuration = Self.configurations[index]
    let data = try StoredTableTests.data(configuration, hasLists: index % 2 == 1)
    let expected = try Self.trainer(configuration, data, Alone(), in: .host).run().model
    for ranks in index == 1 ? [2, 4] : [2] {
      let found = try RanksAsThreads.run(ranks) { rank in
        let trainer = try Self.trainer(configuration, data, rank, in: .ranks)
        return (trainer.plan.tables, try trainer.run().model)
      }
      for (places, _) in found {
        #expect(!places.isEmpty && places.allSatisfy { $0.kind == .ranks(ranks) }, "\(places)")
      }
      #expect(found[0].1 == expected, "\(ranks) ranks")
      // Others than the first have no use for all rows.
      #expect(found[1].1.tensors.contains { $0.values.isEmpty })
    }
  }

  @Test func `a checkpoint of ranks that share rows is gone on from by any number`() throws {
    let configuration = Self.configurations[1]
    let data = try StoredTableTests.data(configuration, hasLists: false)
    let expected = try Self.trainer(configuration, data, Alone(), in: .auto).run().model
    let found = Mutex<[Checkpoint]>([])
    let models = try RanksAsThreads.run(2) { rank in
      let policy = CheckpointPolicy(every: .zero) { checkpoint in
        found.withLock { $0.append(checkpoint) }
      }
      return try Self.trainer(configuration, data, rank, in: .ranks)
        .run(checkpoints: rank.isFirst ? policy : nil).model
    }
    #expect(models[0] == expected)
    let checkpoints = found.withLock { $0 }
    let middle = try #require(checkpoints.dropFirst(checkpoints.count / 2).first)
    #expect(
      try Self.trainer(configuration, data, Alone(), in: .auto).run(from: middle).model == expected)
    let again = try RanksAsThreads.run(2) { rank in
      try Self.trainer(configuration, data, rank, in: .ranks).run(from: middle).model
    }
    #expect(again[0] == expected)
  }

  @Test func `whole tables are refused, and tables share nothing in one process`() throws {
    var whole = Self.configurations[0]
    whole.tables = .whole
    let configuration = whole
    let data = try StoredTableTests.data(configuration, hasLists: false)
    let alone = try Self.trainer(configuration, data, Alone(), in: .ranks)
    #expect(alone.plan.tables.isEmpty)
    #expect {
      _ = try RanksAsThreads.run(2) { rank in
        try Self.trainer(configuration, data, rank, in: .ranks).plan.tables.count
      }
    } throws: {
      "\($0)".contains("by row over 2 ranks") && "\($0)".contains("choose tables: touched")
    }
  }
}
