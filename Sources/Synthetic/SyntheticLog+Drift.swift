import Glibc

extension SyntheticLog {
  /// How a log changes from day to day.
  package struct Drift: Sendable, Hashable {
    /// The number of rows of the log; they are spread evenly over its days.
    package var rows: Int
    /// The number of days.
    package var days: Int
    /// The first day's first second, since 1970 (UTC).
    package var start: Int
    /// The share of a field's values that make way for new ones each day, in fields of at least
    /// ``smallest`` values.
    package var newIDs: Double
    /// By which angle effects turn each day; after π/2 nothing is left of the first ones.
    package var change: Double

    /// Fields with fewer values keep them.
    package static let smallest = 100

    /// A drift; the first day is Monday, 6 January 2025.
    package init(
      rows: Int, days: Int, start: Int = 1_736_121_600, newIDs: Double = 0.02,
      change: Double = 0.05
    ) {
      precondition(rows >= 0 && days >= 1 && newIDs >= 0)
      (self.rows, self.days, self.start) = (rows, days, start)
      (self.newIDs, self.change) = (newIDs, change)
    }

    /// The day of a row, from 0.
    package func day(of row: Int) -> Int {
      scaled(row, by: days, over: max(rows, 1))
    }

    /// The time of a row in seconds since 1970 (UTC).
    package func time(of row: Int) -> Int {
      start + scaled(row, by: days * 86_400, over: max(rows, 1))
    }

    /// The first row of a day.
    package func firstRow(of day: Int) -> Int {
      // The smallest row whose day it is: ⌈day · rows / days⌉.
      scaled(day, by: rows, over: days, roundedUp: true)
    }
  }

  /// The value that holds a rank on a day: a rank passes to a new value every 1 / newIDs days, each at
  /// another time.
  @inline(__always)
  func value(of rank: Int, _ field: Int, on day: Int, _ drift: Drift) -> Int {
    guard fields[field].cardinality >= Drift.smallest else { return rank }
    let phase = Double(mixed(UInt32(truncatingIfNeeded: rank &* 64 &+ field))) / 0x1p32
    let generation = Int(Double(day) * drift.newIDs + phase)
    return rank + generation * fields[field].cardinality
  }

  /// Turns effects by an angle, those of every second field backwards: how strong effects are does not
  /// change, but what they are does, and so do the products of pairs.
  struct Turn {
    private let cosine: Double
    private let sine: Double

    init(angle: Double) {
      (cosine, sine) = (cos(angle), sin(angle))
    }

    @inline(__always)
    func apply(
      to effect: inout Effect, _ spread: (weight: Double, factor: Double), isReversed: Bool
    ) {
      let (v, sine) = (effect.factors, isReversed ? -self.sine : self.sine)
      effect.weight = cosine * effect.weight + self.sine * spread.weight / spread.factor * v.x
      effect.factors = SIMD4(
        cosine * v.x - sine * v.y, sine * v.x + cosine * v.y, cosine * v.z - sine * v.w,
        sine * v.z + cosine * v.w)
    }
  }
}

/// A one-to-one scrambling of 32 bits (the finalizer of MurmurHash3).
func mixed(_ word: UInt32) -> UInt32 {
  var word = word
  word = (word ^ word >> 16) &* 0x85EB_CA6B
  word = (word ^ word >> 13) &* 0xC2B2_AE35
  return word ^ word >> 16
}

/// ⌊a · b / c⌋ of numbers from 0, or ⌈a · b / c⌉, where a · b may be too large for an Int.
private func scaled(_ a: Int, by b: Int, over c: Int, roundedUp: Bool = false) -> Int {
  let product = UInt(a).multipliedFullWidth(by: UInt(b))
  let (quotient, remainder) = UInt(c).dividingFullWidth(product)
  return Int(quotient) + (roundedUp && remainder > 0 ? 1 : 0)
}
