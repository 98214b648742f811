import Random
import Support

/// A split at work: the part of each row.
///
/// For exact sizes the rows are counted in a pass of their own (``RowCounts``). The k-th row of a
/// class then goes where a random permutation of the class's rows, worked out for k alone, puts it.
struct Splitter: Sendable {
  private let split: DataSplit
  /// For shares: those of train, valid and test, added up.
  private var bounds: [Double] = []
  /// For exact sizes: of each class the ends of train and valid, and its permutation.
  private var classes: [Class] = []
  private let counts: RowCounts?
  /// The rows of each class before the next row.
  private var ordinals = [0, 0]

  private struct Class {
    var ends: [Int]
    var order: IndexPermutation
  }

  /// - Parameter counts: the rows of each block, for a split of exact sizes.
  /// - Throws: ``UserError`` where the log has fewer rows than a part is to get.
  init(_ split: DataSplit, counts: RowCounts?) throws {
    self.split = split
    self.counts = counts
    guard split.rule != .time else { return }
    guard split.isExact, let counts else {
      let total = split.sizes.reduce(0) { if case .share(let s) = $1 { $0 + s } else { $0 } }
      var sum = 0.0
      bounds = split.sizes.map { size in
        if case .share(let share) = size { sum += share } else { sum += 1 - total }
        return sum
      }
      return
    }
    let all = counts.total
    let totals = split.rule == .label ? all : [all[0] + all[1]]
    let sizes = try Self.sizes(split, rows: all[0] + all[1])
    classes = totals.enumerated().map { index, rows in
      let share = all[0] + all[1] > 0 ? Double(rows) / Double(all[0] + all[1]) : 0
      var ends: [Int] = []
      var sum = 0.0
      for size in sizes.prefix(2) {
        sum += Double(size)
        ends.append(min(Int((sum * share).rounded()), rows))
      }
      return Class(
        ends: ends, order: IndexPermutation(of: rows, seed: split.seed, purpose: UInt32(index)))
    }
  }

  /// How many rows each part gets.
  private static func sizes(_ split: DataSplit, rows: Int) throws -> [Int] {
    var sizes = split.sizes.map { size in
      switch size {
      case .share(let share): Int((share * Double(rows)).rounded())
      case .count(let count): count
      case .rest: 0
      }
    }
    let taken = sizes.reduce(0, +)
    if let rest = split.sizes.firstIndex(of: .rest) {
      guard taken <= rows else {
        throw UserError(
          "split", found: "\(rows) rows", expected: "at least \(taken)",
          remedy: "ask for fewer rows")
      }
      sizes[rest] = rows - taken
    } else {
      // Shares of all rows: what rounding leaves goes to the training rows.
      sizes[0] += rows - taken
    }
    return sizes
  }

  /// Starts a block.
  mutating func begin(_ block: Int) {
    guard let counts else { return }
    let before = counts.before(block)
    ordinals = split.rule == .label ? before : [before[0] + before[1], 0]
  }

  /// The part of the next row, as an index of `Part.allCases`; −1 for a row that is left out.
  mutating func part(of head: RowHead) -> Int {
    switch split.rule {
    case .time:
      return part(at: head.time)
    case .group:
      return part(of: head.group)
    case .random where classes.isEmpty:
      return part(of: UInt64(truncatingIfNeeded: head.row))
    case .random, .label:
      let index = split.rule == .label && head.label > 0 ? 1 : 0
      let place = classes[index].order[ordinals[index]]
      ordinals[index] += 1
      return classes[index].ends.firstIndex { place < $0 } ?? 2
    }
  }

  private func part(at time: Int64) -> Int {
    guard let until = split.until else { return 0 }
    if time < until.train { return 0 }
    if let valid = until.valid, time < valid { return 1 }
    return time < until.test ?? .max ? 2 : -1
  }

  /// The part of a number by chance: the same as that of ``RandomSplit``.
  private func part(of number: UInt64) -> Int {
    let draw = RandomSplit.draw(number, seed: split.seed)
    return bounds.firstIndex { draw < $0 } ?? bounds.lastIndex { $0 > 0 } ?? 0
  }
}

/// How many rows of each label every block has.
struct RowCounts: Sendable, Codable {
  /// The rows without and with a click of each block, as `[without, with]`.
  private(set) var blocks: [[Int]] = []
  private(set) var total = [0, 0]
  private var sums: [[Int]] = []

  private enum CodingKeys: CodingKey { case blocks }

  init() {}

  init(from decoder: any Decoder) throws {
    for block in try decoder.container(keyedBy: CodingKeys.self).decode(
      [[Int]].self, forKey: .blocks)
    {
      add(block)
    }
  }

  mutating func add(_ block: [Int]) {
    sums.append(total)
    blocks.append(block)
    for label in 0..<2 { total[label] += block[label] }
  }

  /// The rows of each label before a block.
  func before(_ block: Int) -> [Int] { sums[block] }
}

/// A random order of 0..<count of which each place can be worked out alone: a Feistel network over
/// the next power of four, walked until it falls into the range.
struct IndexPermutation: Sendable {
  private let count: Int
  private let half: UInt64
  private let key: SIMD2<UInt32>
  private let purpose: UInt32

  init(of count: Int, seed: UInt64, purpose: UInt32) {
    self.count = count
    self.purpose = purpose
    let bits = Int.bitWidth - max(count - 1, 1).leadingZeroBitCount
    half = UInt64((bits + 1) / 2)
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// Where a number goes.
  /// - Precondition: it is from 0 to below the count.
  subscript(_ index: Int) -> Int {
    precondition(index >= 0 && index < count)
    let mask = UInt64(1) << half - 1
    var place = UInt64(index)
    repeat {
      var (left, right) = (place >> half, place & mask)
      for round in 0..<6 as Range<UInt32> {
        let words = Philox.block(
          counter: SIMD4(
            UInt32(truncatingIfNeeded: right), UInt32(truncatingIfNeeded: right >> 32), round,
            0x5045_524D ^ purpose), key: key)
        (left, right) = (right, (left ^ UInt64(words.x)) & mask)
      }
      place = left << half | right
    } while place >= UInt64(count)
    return Int(place)
  }
}
