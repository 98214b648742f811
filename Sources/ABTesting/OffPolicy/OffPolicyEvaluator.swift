import Foundation
import Random

/// Takes the rounds of a log one by one, in memory that does not grow with them.
public struct OffPolicyEvaluator: Sendable {
  private let hasModel: Bool
  private let bound: Double
  private let seed: UInt64
  private let alpha: Double
  private var sums = OffPolicySums()
  private var draws: [OffPolicySums]
  private var largestWeight = 0.0
  private var rounds = 0

  /// - Parameters:
  ///   - hasModel: whether rounds bring what a model expects; without it inverse propensities alone are
  ///     used.
  ///   - bound: λ of switch-DR.
  ///   - repetitions: how often rounds are drawn for intervals, by Poisson weights that depend on the
  ///     seed and the round's number alone.
  ///   - alpha: intervals have 1 − α.
  public init(
    hasModel: Bool = false, bound: Double = 10, repetitions: Int = 1000, seed: UInt64 = 1,
    alpha: Double = 0.05
  ) {
    precondition(repetitions > 0)
    (self.hasModel, self.bound, self.seed, self.alpha) = (hasModel, bound, seed, alpha)
    draws = Array(repeating: OffPolicySums(), count: repetitions)
  }

  public mutating func add(_ round: OffPolicyRound) {
    sums.add(round, bound: bound)
    largestWeight = max(largestWeight, round.weight)
    var stream = RandomStream(seed: seed, purpose: UInt64(rounds))
    rounds += 1
    for index in draws.indices {
      let times = Self.poisson(stream.nextWord())
      if times > 0 { draws[index].add(round, times: times, bound: bound) }
    }
  }

  /// What they say; nil without any.
  public var result: OffPolicyEvaluation? {
    guard rounds > 0 else { return nil }
    return OffPolicyEvaluation(
      sums, draws, rounds: rounds, largestWeight: largestWeight, hasModel: hasModel, alpha: alpha)
  }

  /// A Poisson number of mean 1, from 32 random bits.
  private static func poisson(_ word: UInt32) -> Double {
    var (left, mass, k) = ((Double(word) + 0.5) / 0x1p32, exp(-1.0), 0.0)
    while left > mass && k < 20 {
      left -= mass
      k += 1
      mass /= k
    }
    return k
  }
}
