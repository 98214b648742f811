import DeepFMKit
import Foundation
import OpenCL
import Operators
import Support
import Synchronization
import Testing

@testable import Training

/// Trainings that go on from a checkpoint: to the bytes of one that was never interrupted.
@Suite struct CheckpointTests {
  static let configurations: [TrainingConfiguration] = {
    var lr = smallConfiguration("lr")
    (lr.optimizer, lr.clipNorm) = (OptimizerName(FTRL.self), 0.5)
    var fnn = smallConfiguration("fnn")
    (fnn.epochs, fnn.pretrainingEpochs) = (2, 2)
    var deep = smallConfiguration("deepfm-d")
    (deep.sizes.batchNorm, deep.warmUpEpochs, deep.tables) = (true, 1, .whole)
    deep.embedding.l2 = 1e-3
    var averaged = smallConfiguration("deepfm-d")
    (averaged.averagingEpochs, averaged.patience, averaged.returnsToBest) = (0.7, 0, true)
    (averaged.learningRate, averaged.epochs) = (0.1, 4)
    var rounded = smallConfiguration("deepfm-d")
    (rounded.tablePrecision, rounded.tables, rounded.epochs) = (.bfloat16, .whole, 2)
    (rounded.averagingEpochs, rounded.learningRate) = (0.7, 0.1)
    return [lr, fnn, deep, averaged, rounded]
  }()

  /// Checkpoints of a training as they were on disk, one after the other.
  private static func checkpoints(
    _ data: TrainingData, _ configuration: TrainingConfiguration, in folder: String
  ) throws -> (run: TrainingRun, [Checkpoint]) {
    let found = Mutex<[Checkpoint]>([])
    let policy = CheckpointPolicy(every: .zero, attachment: { "told" }) { checkpoint in
      let kept = CheckpointFolder(of: folder)
      try kept.write(checkpoint)
      try found.withLock { $0.append(try kept.read()) }
    }
    let run = try trainer(data, configuration).run(checkpoints: policy)
    return (run, found.withLock { $0 })
  }

  private static func trainer(
    _ data: TrainingData, _ configuration: TrainingConfiguration
  ) throws -> Trainer<OpenCLBackend> {
    try Trainer(data, configuration: configuration, backend: OpenCLBackend(Device.select("cpu")))
  }

  @Test(arguments: configurations)
  func `from any checkpoint on disk, training comes to the same model`(
    configuration: TrainingConfiguration
  ) throws {
    let data = try TrainingData(training: [pairwiseLog(rows: 1500)], configuration: configuration)
    try withTemporaryFolder { folder in
      let (run, found) = try Self.checkpoints(data, configuration, in: folder)
      #expect(!found.isEmpty && found.allSatisfy { $0.attachment == "told" })
      if configuration.model == "fnn" { #expect(Set(found.map(\.isPretraining)).count == 2) }
      for index in Set([0, found.count / 3, found.count / 2, found.count - 1]) {
        let again = try Self.trainer(data, configuration).run(from: found[index])
        #expect(again.model == run.model, "from checkpoint \(index) of \(found.count)")
        #expect(again.timings.map(\.samples) == run.timings.map(\.samples))
        #expect(again.reason == run.reason)
      }
    }
  }

  @Test func `a checkpoint is refused by a training with other settings or rows`() throws {
    let configuration = smallConfiguration("lr")
    let log = pairwiseLog(rows: 300)
    let data = try TrainingData(training: [log], configuration: configuration)
    try withTemporaryFolder { folder in
      let (_, found) = try Self.checkpoints(data, configuration, in: folder)
      var other = configuration
      other.learningRate = 0.5
      #expect(throws: TrainingError.otherCheckpoint("other settings (learning_rate 0.02, now 0.5)"))
      {
        try Self.trainer(data, other).run(from: found[0])
      }
      let rows = try TrainingData(
        training: [pairwiseLog(rows: 300, seed: 8)], configuration: configuration)
      #expect(throws: TrainingError.otherCheckpoint("other rows")) {
        try Self.trainer(rows, configuration).run(from: found[0])
      }
    }
  }

  @Test func `a training goes on where its checkpoints cannot be written, and says so`() throws {
    let configuration = smallConfiguration("lr")
    let data = try TrainingData(training: [pairwiseLog(rows: 300)], configuration: configuration)
    let policy = CheckpointPolicy(every: .zero) { _ in throw UserError.noTrainingRows }
    var failures = 0
    let run = try Self.trainer(data, configuration).run(checkpoints: policy) { event in
      if case .checkpointFailed = event { failures += 1 }
    }
    #expect(failures > 0 && run.reason == .allEpochs)
  }

  @Test func `the reference, whose numbers a file would round, keeps no checkpoints`() throws {
    let configuration = smallConfiguration("lr")
    let data = try TrainingData(training: [pairwiseLog(rows: 300)], configuration: configuration)
    let trainer = try Trainer(data, configuration: configuration, backend: ReferenceBackend())
    #expect(throws: UserError.self) {
      try trainer.run(checkpoints: CheckpointPolicy(every: .zero) { _ in })
    }
  }
}
