import Operators

extension TrainingRun {
  /// What pre-training cost.
  package struct PretrainingCost: Sendable {
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
  }

  /// Trains the model that this one starts from.
  ///
  /// - Returns: nil where there is none, or training was cancelled before it began.
  func pretrain(
    _ cancellation: Cancellation, _ report: (TrainingEvent) -> Void
  ) throws -> Start? {
    guard !isResumed, let first = configuration.pretraining, !cancellation.isCancelled else {
      return nil
    }
    let run = try Trainer(data, configuration: first, backend: network.backend)
      .run(cancellation: cancellation) { report(.pretraining($0)) }
    let (snapshot, model) = (run.model.snapshot() as Snapshot<B.Scalar>, run.model)
    return Start(
      record: Pretraining(model: first.model, bestEpoch: model.bestEpoch, history: model.history),
      cost: TrainingRun.PretrainingCost(timings: run.timings, duration: run.duration),
      values: snapshot.parameters)
  }
}
