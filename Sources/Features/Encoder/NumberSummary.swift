import Logs
import Support

/// What the counting pass learns of a field's numbers, the same whatever their order.
struct NumberSummary: Sendable {
  private(set) var count = 0
  private(set) var sum = ExactSum()
  private(set) var sumOfSquares = ExactSum()

  init() {}

  init(count: Int, sum: ExactSum, sumOfSquares: ExactSum) {
    (self.count, self.sum, self.sumOfSquares) = (count, sum, sumOfSquares)
  }

  mutating func add(_ x: Double) {
    count += 1
    sum.add(x)
    let square = DoubleDouble.product(x, x)
    sumOfSquares.add(square.high)
    sumOfSquares.add(square.low)
  }

  mutating func merge(_ other: NumberSummary) {
    count += other.count
    sum.add(other.sum)
    sumOfSquares.add(other.sumOfSquares)
  }

  /// The mean; 0 of no numbers.
  var mean: Double { count == 0 ? 0 : (sum.value / Double(count)).high }

  /// √(Σ(x − mean)² / count), by Σx² − (Σx)²/count in 106 bits; 0 of no numbers.
  var deviation: Double {
    guard count > 0 else { return 0 }
    let spread = sumOfSquares.value - sum.value.squared / Double(count)
    return (max(spread.high, 0) / Double(count)).squareRoot()
  }
}

/// How often numbers were seen, each rounded down to 12 significant bits (a whole number below
/// 4,096 to itself): so that quantiles can be told from counts that add up in any order.
struct NumberHistogram: Sendable {
  private static let dropped = 41
  private let counts = StringTable()

  /// The memory it takes, in bytes.
  var memory: Int { counts.memory }

  @inline(__always)
  func add(_ x: Double) { counts.add(1, to: ByteKey(word: Self.rounded(x), count: 8)) }

  func merge(_ other: NumberHistogram) { counts.merge(other.counts) }

  /// How often each was seen, by the rounded bits in decimal.
  var tally: [String: Int] {
    counts.places.reduce(into: [:]) { tally, place in
      let word = UInt64(littleEndian: counts.bytes(at: place).loadUnaligned(as: UInt64.self))
      tally["\(word)"] = counts.number(at: place)
    }
  }

  /// Takes in what ``tally`` told of another; false where it is none.
  func merge(_ tally: [String: Int]) -> Bool {
    for (text, count) in tally {
      guard let word = UInt64(text), count > 0 else { return false }
      counts.add(count, to: ByteKey(word: word, count: 8))
    }
    return true
  }

  /// Ascending boundaries between at most `buckets` buckets of about as many numbers each: a number
  /// belongs into the bucket of how many boundaries are not above it. A number that alone fills
  /// several buckets has one.
  func boundaries(buckets: Int) -> [Double] {
    let sorted = counts.places
      .map { place in
        let word = counts.bytes(at: place).loadUnaligned(as: UInt64.self)
        return (word: UInt64(littleEndian: word), count: counts.number(at: place))
      }
      .sorted { $0.word < $1.word }
    let total = sorted.reduce(0) { $0 + $1.count }
    var boundaries: [Double] = []
    var (below, filled) = (0, 0)
    for (word, count) in sorted {
      let bucket = below * buckets / total
      if bucket > filled {
        boundaries.append(Self.number(word))
        filled = bucket
      }
      below += count
    }
    return boundaries
  }

  /// The bits of a number such that words are ordered as numbers are, the lowest ones dropped.
  @inline(__always)
  private static func rounded(_ x: Double) -> UInt64 {
    let bits = (x + 0).bitPattern  // −0 + 0 is 0
    let ordered = bits >> 63 == 1 ? ~bits : bits | 1 << 63
    return ordered >> dropped
  }

  /// The least number that is rounded to a word.
  private static func number(_ word: UInt64) -> Double {
    let ordered = word << dropped
    return Double(bitPattern: ordered >> 63 == 1 ? ordered & ~(1 << 63) : ~ordered)
  }
}

extension Array where Element == Double {
  /// The bucket of a number between ascending boundaries: how many of them are not above it.
  @inline(__always)
  func bucket(of x: Double) -> Int {
    partitioningIndex { $0 > x }
  }
}
