import Cluster
import Operators
import Support

extension Trainer {
  /// Refuses tables in the host's memory that it has no room for twice, where training keeps a copy: that of the best
  /// epoch's numbers while others follow, of the model that it goes on from, of a checkpoint; an average of weights is
  /// one, and takes another while it is in the network's place.
  ///
  /// - Parameter keepsCheckpoints: whether checkpoints are made or read.
  func checkRoom(keepsCheckpoints: Bool) throws {
    let hasCopy = keepsCheckpoints || isResumed || configuration.epochs > 1
    let copies = (hasCopy ? 1 : 0) + (average == nil ? 0 : 2)
    guard copies > 0, let available, plan.hostBytes > 0,
      (1 + copies) * plan.hostBytes > available
    else { return }
    throw UserError(
      "memory",
      found: "tables of \(mebibytes(plan.hostBytes)) in the host's memory, which has "
        + "\(mebibytes(available)) left\(Launch.forEachRank)",
      expected: copies == 1
        ? "room for them and for a copy, that of the best epoch or of a checkpoint"
        : "room for them and for \(copies) copies, two of them for averaging_epochs",
      remedy:
        "train one epoch without checkpoints and averages, choose an optimizer with less state (rowwise-adagrad, sgd), shorten "
        + "the embedding vectors, raise min_count or hash into fewer buckets")
  }
}
