import Random

/// The order in which the rows of a dataset are visited.
public enum RowOrder: Sendable, Hashable {
  /// As they stand.
  case sequential
  /// At random, the same for the same seed and epoch.
  case shuffled(seed: UInt64, epoch: Int)

  /// The order of `count` rows, or nil for as they stand.
  ///
  /// Fisher–Yates from the end; each draw is unbiased (Lemire 2019: multiply, and reject the low
  /// products).
  func permutation(of count: Int) -> [Int32]? {
    guard case .shuffled(let seed, let epoch) = self else { return nil }
    var stream = RandomStream(seed: seed, purpose: "rows of epoch \(epoch)")
    var rows = [Int32](0..<Int32(count))
    for last in stride(from: count - 1, to: 0, by: -1) {
      let bound = UInt32(last + 1)
      var product = UInt64(stream.nextWord()) * UInt64(bound)
      if UInt32(truncatingIfNeeded: product) < bound {
        let threshold = (0 &- bound) % bound
        while UInt32(truncatingIfNeeded: product) < threshold {
          product = UInt64(stream.nextWord()) * UInt64(bound)
        }
      }
      rows.swapAt(last, Int(product >> 32))
    }
    return rows
  }
}
