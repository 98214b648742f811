import Operators

extension Trainer {
  /// So many batches show an average what its batch norms see: of running statistics with a momentum of 0.1 less than
  /// .006 is then of what they were before.
  private static var observedBatches: Int { 50 }

  /// Takes the network's numbers into the average, where it is time to.
  ///
  /// - Parameter step: the steps of this epoch so far.
  func average(afterStep step: Int) throws {
    guard let interval = average?.interval, step % interval == 0 else { return }
    average?.look(at: try network.snapshot(hasStates: false))
  }

  /// Puts the average in the network's place, if there is one; the optimizers' states stay.
  ///
  /// - Returns: the network's own numbers, to come back to.
  func takeAverage() throws -> Snapshot<B.Scalar>? {
    guard var numbers = average?.numbers else { return nil }
    let own = try network.snapshot(hasStates: false)
    numbers.step = own.step
    try network.restore(numbers)
    try observe()
    return own
  }

  /// Lets the running statistics of batch norm become those of the network as it is, by the same batches each time: the
  /// average of what others have seen is not what their average sees.
  private func observe() throws {
    guard network.graph.hasRunningStatistics else { return }
    var left = Self.observedBatches
    while left > 0 {
      let loader = network.batches(
        of: training, order: .shuffled(seed: configuration.seed, epoch: 0),
        from: max(stepsPerEpoch - left, 0), part: learner.part, kept: kept.training)
      while let batch = loader.next() {
        try learner.observe(batch)
        left -= 1
      }
    }
  }

  /// Goes on with an average that a checkpoint has kept.
  func resumeAverage(_ model: TrainedModel, looks: Int) throws {
    var numbers: Snapshot<B.Scalar> = model.snapshot()
    if network.isShared {
      // A rank keeps its own rows of tables that are shared.
      try network.restore(numbers)
      numbers = try network.snapshot(hasStates: false)
    }
    average?.resume(looks: looks, numbers: numbers)
  }
}
