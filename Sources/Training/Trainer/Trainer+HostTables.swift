import Operators
import Support

extension Trainer {
  /// Refuses tables in the host's memory that it has no room for twice: training keeps a copy of the best epoch's numbers,
  /// or makes one of the last.
  ///
  /// - Parameter available: what the host had left before there were any, in bytes.
  static func checkRoom(for plan: MemoryPlan, available: Int?) throws {
    guard plan.hostBytes > 0, let available, 2 * plan.hostBytes > available else { return }
    throw UserError(
      "memory",
      found: "tables of \(mebibytes(plan.hostBytes)) in the host's memory, which has "
        + "\(mebibytes(available)) left",
      expected: "room for them and for a copy, that of the best epoch or of the trained model",
      remedy:
        "choose an optimizer with less state (rowwise-adagrad, sgd), shorten the embedding vectors, raise "
        + "min_count or hash into fewer buckets")
  }
}
