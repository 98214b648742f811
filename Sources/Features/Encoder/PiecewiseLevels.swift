/// A number's place among knots, at several resolutions: its field's embedding is piecewise linear in it.
///
/// Piecewise-linear encoding (Gorishniy et al. 2022) has a component `clip((x − b_t)/(b_{t+1} − b_t), 0, 1)` for each
/// range between knots b_0 < … < b_n, and a linear layer makes a vector of them. These are all functions that are
/// linear between knots, `e(x) = (1 − f)·V_t + f·V_{t+1}` for a number a share f of the way from b_t to b_{t+1}: two
/// rows of a table in place of n components. What a linear layer has beside, that a range learns from all rows above
/// it, coarser levels give: each has every ``coarsening``th knot of the one before, and the first slot has the place
/// itself as its x, of mean 0 and deviation 1 where numbers fill the ranges evenly.
package struct PiecewiseLevels: Sendable, Equatable {
  /// How many knots of a level make one of the next.
  package static let coarsening = 4
  /// The most ranges of the coarsest level.
  private static let coarsest = 4

  package let knots: NumberKnots
  /// The row behind the field's value row where each level begins, the finest first, and the end.
  private let starts: [Int]

  package init(knots: [Double]) {
    self.knots = NumberKnots(knots)
    var starts = [0]
    var ranges = self.knots.ranges
    while true {
      starts.append(starts[starts.count - 1] + ranges + 1)
      if ranges <= Self.coarsest { break }
      ranges = (ranges + Self.coarsening - 1) / Self.coarsening
    }
    self.starts = starts
  }

  /// The number of resolutions.
  var levels: Int { starts.count - 1 }
  /// The table rows of all levels.
  var rows: Int { starts[levels] }
  /// The place's slot, and two a level.
  package var slots: Int { 1 + 2 * levels }

  /// Writes a number's slots.
  ///
  /// - Parameters:
  ///   - first: the field's row of a number's place; those of the levels follow it.
  ///   - ids: [slots], with their `values`.
  @inline(__always)
  func write(
    _ x: Double, first: Int32, _ ids: UnsafeMutablePointer<Int32>,
    _ values: UnsafeMutablePointer<Float>
  ) {
    var place = knots.place(of: x)
    (ids[0], values[0]) = (first, Float(knots.x(ofPlace: place)))
    for level in 0..<levels {
      let ranges = starts[level + 1] - starts[level] - 1
      let range = min(Int(place), ranges - 1)
      let share = place - Double(range)
      let (slot, row) = (1 + 2 * level, first + 1 + Int32(starts[level] + range))
      (ids[slot], values[slot]) = (row, Float(1 - share))
      (ids[slot + 1], values[slot + 1]) = (row + 1, Float(share))
      place /= Double(Self.coarsening)
    }
  }

  /// Where each level's rows begin, and how many ranges it has.
  package var bounds: [(start: Int, ranges: Int)] {
    (0..<levels).map { (starts[$0], starts[$0 + 1] - starts[$0] - 1) }
  }
}
