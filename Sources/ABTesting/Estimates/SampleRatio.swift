import Statistics

/// Whether arms have the units they should: where they do not, something else than chance decided who is
/// counted, and no result can be trusted.
public struct SampleRatio: Sendable, Hashable, Codable {
  /// `χ² = Σ (observed − expected)²/expected`.
  public var chiSquare: Double
  public var p: Double

  /// An alarm is rare enough at this level to look for the fault at once.
  public static let level = 0.001
  public var isAlarming: Bool { p < Self.level }

  /// - Parameters:
  ///   - counts: the units of each arm.
  ///   - shares: those that were meant.
  public init(_ counts: [Int], shares: [Double]) {
    let (total, weights) = (Double(counts.reduce(0, +)), shares.reduce(0, +))
    chiSquare = zip(counts, shares).reduce(0) { sum, next in
      let expected = total * next.1 / weights
      return sum + (Double(next.0) - expected) * (Double(next.0) - expected) / expected
    }
    p = total > 0 ? ChiSquare.upperTail(chiSquare, degrees: Double(counts.count - 1)) : 1
  }
}
