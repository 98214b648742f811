extension RandomAccessCollection {
  /// The first index whose element belongs to the second part of a collection in two parts, by binary
  /// search; the end where none does.
  ///
  /// - Parameter belongsInSecondPartition: false for the first elements, true for all behind them.
  @inlinable
  package func partitioningIndex(
    where belongsInSecondPartition: (Element) throws -> Bool
  ) rethrows -> Index {
    var (low, count) = (startIndex, self.count)
    while count > 0 {
      let half = count / 2
      let middle = index(low, offsetBy: half)
      if try belongsInSecondPartition(self[middle]) {
        count = half
      } else {
        low = index(after: middle)
        count -= half + 1
      }
    }
    return low
  }
}
