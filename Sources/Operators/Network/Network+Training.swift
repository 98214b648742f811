import Data

extension Network {
  /// One training step: forward, loss, backward, update. Queued, not waited for.
  ///
  /// - Parameter rateFactor: multiplies the learning rate of every optimizer that follows a
  ///   schedule.
  /// - Precondition: the network has a recipe.
  package func train(_ batch: Batch, rateFactor: Float = 1) throws {
    try load(batch)
    try forward(training: true)
    try pass.run(plan.loss)
    try backward()
    try update(rateFactor: rateFactor)
  }

  package func observe(_ batch: Batch) throws {
    try load(batch)
    try forward(training: true)
    try backend.finish()
  }

  /// Trains and predicts once, then takes it back: many devices compile a kernel when it is first
  /// used, which would spoil the first steps' timings.
  ///
  /// - Precondition: the network has a recipe and has not been trained.
  package func warmUp(_ batch: Batch) throws {
    precondition(step == 0, "a warm-up would forget the training")
    try rehearse {
      try train(batch)
      _ = try predict(batch)
    }
  }

  /// Regularises, clips and applies the gradients of the current batch.
  package func update(rateFactor: Float = 1) throws {
    guard recipe != nil else { preconditionFailure("a network without a recipe does not learn") }
    step += 1
    isPrepared = false
    pass.rateFactor = rateFactor
    try pass.run(plan.update)
    pass.areTablesNew = false
  }

  /// The loss of the last batch, and the sum of the losses since ``resetLoss()``; waits for the
  /// queued steps.
  package func losses() throws -> (last: Double, sum: Double) {
    let values = try backend.read(pass[.loss], count: 2)
    return (Double(values[0]), Double(values[1]))
  }

  /// Sets the sum of losses to 0, or to what ``losses()`` told of it once.
  package func resetLoss(to sum: Double = 0) throws {
    try backend.fill(pass[.loss], with: 0, count: 2)
    if sum != 0 { try backend.write([B.Scalar(sum)], to: pass[.loss], at: 1) }
  }
}
