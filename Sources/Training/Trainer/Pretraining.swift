import Operators

extension TrainingRun {
  /// What pre-training cost.
  package struct PretrainingCost: Sendable, Codable, Hashable {
    /// Where each of its epochs' time went.
    package let timings: [EpochTiming]
    /// All of it, with its own warm-up.
    package let duration: Duration
  }
}

extension Trainer {
  /// What the model starts from.
  struct Start {
    let record: Pretraining
    let cost: TrainingRun.PretrainingCost
    /// The trained values, by the parameters' names.
    let values: [String: [B.Scalar]]
    /// Whether it was cancelled: what follows is then nothing to go on from.
    let isCut: Bool
  }

  /// Trains the model that this one starts from.
  ///
  /// - Returns: nil where there is none, or training was cancelled before it began.
  func pretrain(
    _ cancellation: Cancellation, checkpoints: CheckpointPolicy?, from checkpoint: Checkpoint?,
    _ report: (TrainingEvent) -> Void
  ) throws -> Start? {
    guard !isResumed, let first = configuration.pretraining, !cancellation.isCancelled else {
      return nil
    }
    var own = checkpoint
    own?.isPretraining = false
    let policy = checkpoints.map { policy in
      let write = policy.write
      return CheckpointPolicy(every: policy.interval, attachment: policy.attachment) {
        var checkpoint = $0
        checkpoint.isPretraining = true
        try write(checkpoint)
      }
    }
    let trainer = try Trainer(
      data, configuration: first, backend: network.backend, ranks: ranks)
    trainer.isPretraining = true
    let run = try trainer.run(cancellation: cancellation, checkpoints: policy, from: own) {
      report(.pretraining($0))
    }
    let (snapshot, model) = (run.model.snapshot() as Snapshot<B.Scalar>, run.model)
    return Start(
      record: Pretraining(model: first.model, bestEpoch: model.bestEpoch, history: model.history),
      cost: TrainingRun.PretrainingCost(timings: run.timings, duration: run.duration),
      values: snapshot.parameters, isCut: run.reason == .cancelled)
  }
}
