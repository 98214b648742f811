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
    let sorted = sorted
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

  /// The ends of at most `ranges` ranges, ascending, such that ranges hold about as many numbers each. A number that
  /// alone would fill a range has a knot of its own, and the others share the rest: of a column that is mostly 0 the
  /// knots tell the other numbers apart.
  func knots(ranges: Int) -> [Double] {
    let sorted = sorted
    guard sorted.count > ranges + 1 else { return sorted.map { Self.number($0.word) } }
    var isHeavy = [Bool](repeating: false, count: sorted.count)
    (isHeavy[0], isHeavy[sorted.count - 1]) = (true, true)
    var (free, rest) = (ranges - 1, 0)
    while free > 0 {
      rest = sorted.indices.reduce(0) { $0 + (isHeavy[$1] ? 0 : sorted[$1].count) }
      let heavy = sorted.indices.filter { !isHeavy[$0] && sorted[$0].count * free >= rest }
      guard !heavy.isEmpty, heavy.count <= free else { break }
      for index in heavy { isHeavy[index] = true }
      free -= heavy.count
    }
    // Light numbers between which so many knots are spread evenly.
    var (knots, below, passed): ([Double], Int, Int) = ([], 0, 0)
    for (index, entry) in sorted.enumerated() {
      guard !isHeavy[index] else {
        knots.append(Self.number(entry.word))
        continue
      }
      below += entry.count
      if below * (free + 1) >= (passed + 1) * rest, passed < free {
        knots.append(Self.number(entry.word))
        passed = min(below * (free + 1) / rest, free)
      }
    }
    return knots
  }

  /// How often each was seen, ascending.
  private var sorted: [(word: UInt64, count: Int)] {
    counts.places
      .map { place in
        let word = counts.bytes(at: place).loadUnaligned(as: UInt64.self)
        return (word: UInt64(littleEndian: word), count: counts.number(at: place))
      }
      .sorted { $0.word < $1.word }
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
