/// A number's place among the quantiles of its column: what the encodings by place have in common.
package struct NumberKnots: Sendable, Equatable {
  /// How many ranges there are where nothing else is said.
  static let usualRanges = 64
  /// √12: the deviation of an even distribution over 0 to 1 is its inverse.
  package static let root12 = 3.4641016151377544

  /// Where ranges meet, and the ends of the outer ones, ascending.
  package let values: [Double]
  /// The number of ranges, 1 at least.
  package let ranges: Int

  init(_ values: [Double]) {
    self.values = values
    ranges = max(values.count - 1, 1)
  }

  /// How many ranges lie below a number, parts of them counted, from 0 to as many as there are.
  @inline(__always)
  func place(of x: Double) -> Double {
    guard values.count > 1, x > values[0] else { return 0 }
    let above = values.partitioningIndex { $0 > x }
    guard above < values.count else { return Double(values.count - 1) }
    let below = values[above - 1]
    return Double(above - 1) + (x - below) / (values[above] - below)
  }

  /// A place with mean 0 and deviation 1 where numbers fill the ranges evenly.
  @inline(__always)
  func x(ofPlace place: Double) -> Double { (place / Double(ranges) - 0.5) * Self.root12 }
}
