import Cluster
import Operators
import Support

extension Trainer {
  /// Refuses tables in the host's memory that it has no room for twice, where training keeps a copy: that of the best
  /// epoch's numbers while others follow, of the model that it goes on from, of a checkpoint.
  ///
  /// - Parameter keepsCheckpoints: whether checkpoints are made or read.
  func checkRoom(keepsCheckpoints: Bool) throws {
    let hasCopy = keepsCheckpoints || isResumed || configuration.epochs > 1
    guard hasCopy, let available, plan.hostBytes > 0, 2 * plan.hostBytes > available else { return }
    throw UserError(
      "memory",
      found: "tables of \(mebibytes(plan.hostBytes)) in the host's memory, which has "
        + "\(mebibytes(available)) left\(Launch.forEachRank)",
      expected: "room for them and for a copy, that of the best epoch or of a checkpoint",
      remedy:
        "train one epoch without checkpoints, choose an optimizer with less state (rowwise-adagrad, sgd), shorten "
        + "the embedding vectors, raise min_count or hash into fewer buckets")
  }
}
