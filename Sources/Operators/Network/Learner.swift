import Data

/// What learns from batches: a network by itself, or with others.
package protocol Learner {
  /// Which of so many rows of a batch this one computes; nil for all.
  var part: (@Sendable (_ rows: Int) -> Range<Int>)? { get }
  /// One training step.
  func train(_ batch: Batch, rateFactor: Float) throws
  /// The forward pass of training alone: nothing but the running statistics of batch normalisation moves. Waited for.
  func observe(_ batch: Batch) throws
  /// The loss of the last batch, and the sum of the losses since ``resetLoss(to:)``; waits for the queued steps.
  func losses() throws -> (last: Double, sum: Double)
  /// Sets the sum of losses.
  func resetLoss(to sum: Double) throws
  /// Whether all that learn together are to stop, of which this one wishes to or not.
  func agree(toStop wish: Bool) throws -> Bool
  /// Whether to keep a checkpoint, for which one of them wishes or not: all take part in it where each has some of the
  /// numbers.
  func agree(toSave wish: Bool) throws -> Bool
}

extension Network: Learner {
  package var part: (@Sendable (_ rows: Int) -> Range<Int>)? { nil }
  package func agree(toStop wish: Bool) -> Bool { wish }
  package func agree(toSave wish: Bool) -> Bool { wish }
}
