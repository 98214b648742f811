extension UnitLog {
  /// Quantiles of units' sums, exactly and in memory that does not grow: four passes, each of which finds
  /// 16 further bits of them.
  ///
  /// - Parameter wanted: the measure of each, and the share of units, all arms together, that lie at or
  ///   below it.
  /// - Returns: of each the least sum that holds of; 0 where there are no units.
  func quantiles(_ wanted: [(measure: Int, share: Double)]) throws -> [Double] {
    guard !wanted.isEmpty else { return [] }
    let arms = Set(self.arms.map { UInt16($0.number) })
    var found = [UInt64](repeating: 0, count: wanted.count)
    var ranks = [Int](repeating: 0, count: wanted.count)
    for pass in 0..<4 {
      let shift = UInt64(48 - 16 * pass)
      var counts = wanted.map { _ in [Int](repeating: 0, count: 1 << 16) }
      var units = 0
      try table.forEachUnit { unit in
        guard arms.contains(unit.arm.rawValue) else { return }
        units += 1
        for (index, quantile) in wanted.enumerated() {
          var sum = 0.0
          for slice in 0..<unit.days { sum += unit[slice, quantile.measure] }
          let key = Self.ordered(sum)
          // The bits found so far must be the same.
          if pass == 0 || key >> (shift + 16) == found[index] {
            counts[index][Int(key >> shift & 0xFFFF)] += 1
          }
        }
      }
      guard units > 0 else { return wanted.map { _ in 0 } }
      for index in wanted.indices {
        if pass == 0 {
          ranks[index] = max(1, Int((wanted[index].share * Double(units)).rounded(.up)))
        }
        var digit = 0
        while counts[index][digit] < ranks[index] {
          ranks[index] -= counts[index][digit]
          digit += 1
        }
        found[index] = found[index] << 16 | UInt64(digit)
      }
    }
    return found.map(Self.number)
  }

  /// Bits whose order is that of the numbers.
  private static func ordered(_ x: Double) -> UInt64 {
    let bits = (x + 0).bitPattern
    return bits >> 63 == 1 ? ~bits : bits | 1 << 63
  }

  private static func number(_ ordered: UInt64) -> Double {
    Double(bitPattern: ordered >> 63 == 1 ? ordered & ~(1 << 63) : ~ordered)
  }
}
