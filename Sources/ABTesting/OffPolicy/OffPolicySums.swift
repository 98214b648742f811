/// One round of a log, as an evaluation of another policy sees it.
public struct OffPolicyRound: Sendable, Hashable {
  /// r, what the action shown has earned.
  public var reward: Double
  /// w = π_e(a|x) / π_b(a|x), of the action shown.
  public var weight: Double
  /// q̂(x, a), what a model expects of it; 0 without a model.
  public var predicted: Double
  /// Σ_a π_e(a|x)·q̂(x, a), what it expects of the other policy; 0 without a model.
  public var expected: Double

  public init(reward: Double, weight: Double, predicted: Double = 0, expected: Double = 0) {
    (self.reward, self.weight) = (reward, weight)
    (self.predicted, self.expected) = (predicted, expected)
  }
}

/// The ways to tell from the log of one policy what another one would have earned.
public enum OffPolicyEstimator: String, Sendable, Codable, CaseIterable {
  /// Inverse propensities, mean(w·r): no bias where π_b > 0 wherever π_e is, and much variance.
  case ips
  /// Self-normalized, Σ(w·r)/Σw.
  case snips
  /// Direct method, mean(Σ_a π_e·q̂): as wrong as the model.
  case direct = "dm"
  /// Doubly robust, DM + mean(w·(r − q̂)): right where either weights or model are.
  case doublyRobust = "dr"
  /// Doubly robust where w ≤ λ, the model alone elsewhere.
  case switchDR = "switch-dr"

  /// In words.
  package var words: String {
    switch self {
    case .ips: "inverse propensities (IPS)"
    case .snips: "self-normalized (SNIPS)"
    case .direct: "direct method (DM)"
    case .doublyRobust: "doubly robust (DR)"
    case .switchDR: "switch (switch-DR)"
    }
  }
}

/// What all estimators need of the rounds so far: they may come one by one, weighted by how often each is
/// drawn.
struct OffPolicySums {
  private(set) var rounds = 0.0
  private(set) var rewards = 0.0
  private(set) var weights = 0.0
  private(set) var squaredWeights = 0.0
  private var weighted = 0.0
  private var expected = 0.0
  private var corrections = 0.0
  private var switched = 0.0

  /// - Parameters:
  ///   - times: how often the round is drawn.
  ///   - bound: λ of switch-DR.
  mutating func add(_ round: OffPolicyRound, times: Double = 1, bound: Double) {
    let w = round.weight
    rounds += times
    rewards += times * round.reward
    weights += times * w
    squaredWeights += times * w * w
    weighted += times * w * round.reward
    expected += times * round.expected
    let correction = times * w * (round.reward - round.predicted)
    corrections += correction
    if w <= bound { switched += correction }
  }

  /// An estimate; nil where there is nothing to divide by.
  func value(_ estimator: OffPolicyEstimator) -> Double? {
    guard rounds > 0 else { return nil }
    switch estimator {
    case .ips: return weighted / rounds
    case .snips: return weights > 0 ? weighted / weights : nil
    case .direct: return expected / rounds
    case .doublyRobust: return (expected + corrections) / rounds
    case .switchDR: return (expected + switched) / rounds
    }
  }

  /// (Σw)²/Σw²: how many rounds of the other policy's own log would say as much.
  var effectiveSize: Double { squaredWeights > 0 ? weights * weights / squaredWeights : 0 }
}
