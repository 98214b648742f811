import Cluster

/// What a rank has sent in training steps, by what for.
package struct StepTraffic: Sendable {
  /// How many steps there were.
  package var steps = 0
  /// Sums of the gradients of dense parts, with the loss.
  package var dense = Traffic()
  /// Sums of the gradients of tables, with their ids.
  package var tables = Traffic()
  /// Moments and sums of batch normalisation.
  package var normalization = Traffic()
  /// The distinct ids of this rank's rows, and of all rows, over all steps; where ranks share the rows of tables, of
  /// those of all rows the ones that are this rank's.
  package var ids = (own: 0, all: 0)
  /// Whether ranks share the rows of tables.
  package var areRowsShared = false

  /// All of it.
  package var total: Traffic { dense + tables + normalization }
}
