import Operators

extension Trainer {
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
    return own
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
