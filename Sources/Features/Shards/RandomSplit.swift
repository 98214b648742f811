import Data
import Random

/// A random division of rows into parts, the same in every pass: the part of a row depends on
/// nothing but the seed and the row's number.
public struct RandomSplit: Sendable, Hashable, Codable {
  /// The parts' shares of the rows, adding up to 1. Sizes are near these shares, not exactly so.
  public let shares: [Double]
  /// The seed.
  public let seed: UInt64

  /// A split by shares, each relative to their sum: `[0.8, 0.1, 0.1]`, `[9, 1]`.
  /// - Precondition: no share is negative, and one is positive.
  public init(_ shares: [Double], seed: UInt64) {
    let total = shares.reduce(0, +)
    precondition(total > 0 && total.isFinite && shares.allSatisfy { $0 >= 0 })
    self.shares = shares.map { $0 / total }
    self.seed = seed
  }

  /// The part of a row, counted from 0 over all sources of a log.
  public func part(of row: Int) -> Int {
    var left = Self.draw(UInt64(truncatingIfNeeded: row), seed: seed)
    for (part, share) in shares.enumerated() {
      left -= share
      if left < 0 { return part }
    }
    return shares.lastIndex { $0 > 0 }!
  }

  /// The number from 0 to 1 that decides where something goes.
  static func draw(_ number: UInt64, seed: UInt64) -> Double {
    let words = Philox.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32), 0x5350_4C49,
        0x54),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    return (Double(words.x) + 0.5) / 0x1p32
  }
}

extension Dataset {
  /// The parts of a random split, each in the dataset's order.
  public func split(by split: RandomSplit) -> [Dataset] {
    var parts = [[Int]](repeating: [], count: split.shares.count)
    for row in 0..<rows { parts[split.part(of: row)].append(row) }
    return parts.map { selecting($0) }
  }
}
