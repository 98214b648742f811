import Features
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
    precondition(split.within == nil || !split.isExact, "exact sizes are shares of all rows")
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

  /// Stands for a row that is left out.
  static let leftOut = -1

  /// Finds the parts of a batch's rows, as indices of `Part.allCases` or ``leftOut``; batches come in
  /// the order of their block.
  ///
  /// - Parameter take: called with each row, as a record of the batch, and its part.
  mutating func divide(_ rows: RowBatch, _ take: (Int32, Int) -> Void) {
    for record in rows.all {
      let index = Int(record)
      take(
        record,
        part(
          ofRow: rows.number(of: record), label: rows.labels[index], time: rows.times[index],
          group: rows.groups[index]))
    }
  }

  /// The part of the next row.
  mutating func part(ofRow number: Int, label: Float, time: Int64, group: UInt64) -> Int {
    if let within = split.within, !within.contains(time) { return Self.leftOut }
    switch split.rule {
    case .time: return part(at: time)
    case .group: return part(of: group)
    case .random where classes.isEmpty: return part(of: UInt64(truncatingIfNeeded: number))
    case .random, .label:
      let index = split.rule == .label && label > 0 ? 1 : 0
      let place = classes[index].order[ordinals[index]]
      ordinals[index] += 1
      return classes[index].ends.firstIndex { place < $0 } ?? 2
    }
  }

  private func part(at time: Int64) -> Int {
    guard let until = split.until else { return 0 }
    if time < until.train { return 0 }
    if let valid = until.valid, time < valid { return 1 }
    return time < until.test ?? .max ? 2 : Self.leftOut
  }

  /// The part of a number by chance, the same in every pass: it depends on nothing but the seed and the
  /// number.
  private func part(of number: UInt64) -> Int {
    let words = Philox.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32), 0x5350_4C49,
        0x54),
      key: SIMD2(
        UInt32(truncatingIfNeeded: split.seed), UInt32(truncatingIfNeeded: split.seed >> 32)))
    let draw = (Double(words.x) + 0.5) / 0x1p32
    return bounds.firstIndex { draw < $0 } ?? bounds.lastIndex { $0 > 0 } ?? 0
  }
}

extension UserError {
  /// A split that leaves nothing to learn from.
  package static var noTrainingRows: UserError {
    UserError(
      "split", found: "no training rows", expected: "at least one",
      remedy: "let the training part have more rows")
  }
}

extension DataSplit {
  /// A share of the rows held out as validation rows, at random.
  package static func holdingOut(_ share: Double, seed: UInt64) throws -> DataSplit {
    try DataSplit(.random, sizes: [.share(1 - share), .share(share)], seed: seed)
  }
}
