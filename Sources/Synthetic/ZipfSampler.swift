import Glibc

/// Draws ranks by Zipf's law, p(k) ∝ 1 / (k + 1)^s.
struct ZipfSampler: Sendable {
  /// The probabilities of the ranks, added up.
  private let sums: [Double]
  /// For each of equal parts of 0..<1 the rank at its start: from there it is a few steps.
  private let guide: [Int32]

  init(count: Int, exponent: Double) {
    var total = 0.0
    let sums = (1...count).map { rank in
      total += pow(Double(rank), -exponent)
      return total
    }.map { $0 / total }
    self.sums = sums
    var rank = 0
    guide = (0..<count).map { part in
      while rank < count - 1 && sums[rank] < Double(part) / Double(count) { rank += 1 }
      return Int32(rank)
    }
  }

  /// The rank of a number drawn uniformly from 0 to 1: the first whose sum reaches it.
  @inline(__always)
  func rank(of draw: Double) -> Int {
    let count = guide.count
    var rank = Int(guide[min(Int(draw * Double(count)), count - 1)])
    while rank < count - 1 && sums[rank] < draw { rank += 1 }
    return rank
  }
}
