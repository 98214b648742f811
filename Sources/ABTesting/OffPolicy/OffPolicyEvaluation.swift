import Foundation

/// What a policy that was never shown would have earned, by the log of another one.
public struct OffPolicyEvaluation: Sendable, Codable {
  /// An estimate, with an interval by drawing rounds anew.
  public struct Value: Sendable, Codable {
    public var estimator: OffPolicyEstimator
    public var value: Double
    public var lower: Double
    public var upper: Double
  }

  public var rounds: Int
  /// What the log's own policy earned.
  public var logged: Double
  /// How many rounds of the other policy's own log would say as much.
  public var effectiveSize: Double
  public var meanWeight: Double
  public var largestWeight: Double
  public var values: [Value]
  /// Why the estimates must not be trusted; empty where nothing speaks against them.
  public var warnings: [String]

  /// Fewer effective rounds than these, or a smaller share, say nothing.
  static let fewest = 100.0
  static let leastShare = 0.05
  /// A single round with more of all weight decides too much.
  static let mostWeight = 0.1

  /// Evaluates a policy by rounds in memory, see ``OffPolicyEvaluator``.
  ///
  /// - Parameter rounds: of the log, at least one.
  public init(
    _ rounds: [OffPolicyRound], hasModel: Bool = false, bound: Double = 10, repetitions: Int = 1000,
    seed: UInt64 = 1, alpha: Double = 0.05
  ) {
    var evaluator = OffPolicyEvaluator(
      hasModel: hasModel, bound: bound, repetitions: repetitions, seed: seed, alpha: alpha)
    for round in rounds { evaluator.add(round) }
    self = evaluator.result!
  }

  /// What rounds add up to, all of them and as often as each was drawn.
  init(
    _ sums: OffPolicySums, _ draws: [OffPolicySums], rounds: Int, largestWeight: Double,
    hasModel: Bool, alpha: Double
  ) {
    (self.rounds, self.largestWeight) = (rounds, largestWeight)
    logged = sums.rewards / sums.rounds
    effectiveSize = sums.effectiveSize
    meanWeight = sums.weights / sums.rounds
    let estimators =
      hasModel ? OffPolicyEstimator.allCases : [OffPolicyEstimator.ips, .snips]
    values = estimators.compactMap { estimator in
      guard let value = sums.value(estimator) else { return nil }
      let drawn = draws.compactMap { $0.value(estimator) }.sorted()
      guard !drawn.isEmpty else { return nil }
      func quantile(_ share: Double) -> Double {
        drawn[min(drawn.count - 1, Int(share * Double(drawn.count)))]
      }
      return Value(
        estimator: estimator, value: value, lower: quantile(alpha / 2),
        upper: quantile(1 - alpha / 2))
    }
    warnings = []
    warnings = support(sums)
  }

  private func support(_ sums: OffPolicySums) -> [String] {
    let count = Double(rounds)
    var warnings: [String] = []
    if effectiveSize < Self.fewest || effectiveSize < Self.leastShare * count {
      warnings.append(
        "\(rounds) rounds say as much of the other policy as \(Int(effectiveSize.rounded())) of its own "
          + "would: too few")
    }
    if largestWeight > Self.mostWeight * sums.weights {
      warnings.append("a single round has more than a tenth of all weight")
    }
    // Where π_b > 0 wherever π_e is, weights are 1 in the mean.
    let variance = max(sums.squaredWeights / count - meanWeight * meanWeight, 0)
    if abs(meanWeight - 1) > 4 * (variance / count).squareRoot() {
      warnings.append(
        "weights are \((meanWeight * 1000).rounded() / 1000) in the mean, not 1: the log lacks actions "
          + "that the other policy takes, or its propensities are wrong")
    }
    return warnings
  }
}
