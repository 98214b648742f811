import Statistics

/// What is known of an arm's number: the estimate, and how far a single unit's part in it scatters.
public struct ArmStatistic: Sendable, Hashable, Codable {
  public var value: Double
  /// V: the squared standard error is V / units.
  public var variance: Double
  public var units: Int

  public init(value: Double, variance: Double, units: Int) {
    (self.value, self.variance, self.units) = (value, variance, units)
  }

  /// The squared standard error.
  public var squaredError: Double { variance / Double(max(units, 1)) }
}

extension ArmStatistic {
  /// A ratio of sums over units, R = Σm / Σd, by the delta method:
  /// `V = σ²_m/μ_d² + σ²_d·μ_m²/μ_d⁴ − 2·cov(m,d)·μ_m/μ_d³`.
  ///
  /// - Parameter moments: of (m, d, …) by unit. For a mean over units d is 1, and V is the variance.
  /// - Returns: nil where there is nothing to divide by.
  package init?(ratio moments: JointMoments) {
    guard let ratio = Linearized(moments, 0, 1) else { return nil }
    self.init(value: ratio.value, variance: ratio.covariance(with: ratio), units: moments.count)
  }

  /// The same, freed of what the units were before the test (CUPED, Deng et al. 2013):
  /// `R − θ·(R_x − common)`, `V + θ²·V_x − 2θ·cov`.
  ///
  /// - Parameters:
  ///   - moments: of (m, d, m_x, d_x) by unit, x being from before the test.
  ///   - adjustment: the same for all arms.
  package init?(ratio moments: JointMoments, adjustedBy adjustment: Covariate) {
    guard let ratio = Linearized(moments, 0, 1), let before = Linearized(moments, 2, 3) else {
      return nil
    }
    let theta = adjustment.theta
    let variance =
      ratio.covariance(with: ratio) + theta * theta * before.covariance(with: before) - 2 * theta
      * ratio.covariance(with: before)
    self.init(
      value: ratio.value - theta * (before.value - adjustment.common), variance: max(variance, 0),
      units: moments.count)
  }

  /// How much larger V is than if rows were drawn one by one, for a ratio of clicks to rows:
  /// `V·μ_d / (R·(1 − R))`. Nil for a ratio that is no share.
  package func designEffect(rowsPerUnit: Double) -> Double? {
    guard value > 0, value < 1 else { return nil }
    return variance * rowsPerUnit / (value * (1 - value))
  }
}

/// How a number of before the test is taken out of one of the test.
public struct Covariate: Sendable, Hashable, Codable {
  /// θ = cov(Y, X) / var(X), over the units of all arms.
  public var theta: Double
  /// What X is over all arms.
  public var common: Double
  /// How much variance is left, 1 − ρ².
  public var varianceRatio: Double

  /// - Parameter moments: of (m, d, m_x, d_x) over the units of all arms.
  /// - Returns: nil where X does not scatter, or there is nothing to divide by.
  package init?(pooled moments: JointMoments) {
    guard let ratio = Linearized(moments, 0, 1), let before = Linearized(moments, 2, 3) else {
      return nil
    }
    let (own, other) = (ratio.covariance(with: ratio), before.covariance(with: before))
    let both = ratio.covariance(with: before)
    guard other > 0, own > 0 else { return nil }
    theta = both / other
    common = before.value
    varianceRatio = 1 - both * both / (own * other)
  }
}

/// A ratio of two means as the linear function of them that it nearly is.
private struct Linearized {
  let value: Double
  private let moments: JointMoments
  private let terms: [(index: Int, gradient: Double)]

  init?(_ moments: JointMoments, _ numerator: Int, _ denominator: Int) {
    let divisor = moments.mean(denominator)
    guard moments.count > 0, divisor > 0 else { return nil }
    self.moments = moments
    value = moments.sum(numerator) / moments.sum(denominator)
    terms = [(numerator, 1 / divisor), (denominator, -value / divisor)]
  }

  func covariance(with other: Linearized) -> Double {
    var sum = 0.0
    for a in terms {
      for b in other.terms {
        sum += a.gradient * b.gradient * moments.covariance(a.index, b.index)
      }
    }
    return sum
  }
}
