import Statistics

/// A number with its standard error and an interval.
public struct Estimate: Sendable, Hashable, Codable {
  public var value: Double
  public var error: Double
  public var lower: Double
  public var upper: Double

  public init(_ value: Double, error: Double, halfWidth: Double) {
    (self.value, self.error) = (value, error)
    (lower, upper) = (value - halfWidth, value + halfWidth)
  }
}

/// An arm held against the control: Welch's t-test of two estimates.
public struct Contrast: Sendable, Hashable, Codable {
  /// Arm minus control.
  public var difference: Estimate
  /// The difference in units of the control's size; nil where that is 0.
  public var lift: Estimate?
  public var t: Double
  /// Degrees of freedom, by Welch and Satterthwaite.
  public var degrees: Double
  /// Two-sided, of the difference.
  public var p: Double
  /// The units of both.
  public var units: Int

  /// - Parameter alpha: intervals have 1 − α.
  /// - Returns: nil where an arm has fewer than two units or nothing scatters.
  public init?(_ arm: ArmStatistic, against control: ArmStatistic, alpha: Double) {
    let (a, b) = (control.squaredError, arm.squaredError)
    guard arm.units > 1, control.units > 1, a + b > 0 else { return nil }
    let error = (a + b).squareRoot()
    units = arm.units + control.units
    degrees =
      (a + b) * (a + b) / (a * a / Double(control.units - 1) + b * b / Double(arm.units - 1))
    t = (arm.value - control.value) / error
    p = StudentT.twoSided(t, degrees: degrees)
    let quantile = StudentT.twoSidedQuantile(alpha, degrees: degrees)
    difference = Estimate(
      arm.value - control.value, error: error, halfWidth: quantile * error)
    lift = Self.relative(arm, control).map {
      Estimate($0.value, error: $0.error, halfWidth: quantile * $0.error)
    }
  }

  /// `(R_b − R_a)/|R_a|`, with the variance `V_b/n_b/R_a² + V_a/n_a·R_b²/R_a⁴` of the delta method.
  static func relative(
    _ arm: ArmStatistic, _ control: ArmStatistic
  ) -> (value: Double, error: Double)? {
    let size = control.value
    guard size != 0 else { return nil }
    let ratio = arm.value / size
    let variance = (arm.squaredError + control.squaredError * ratio * ratio) / (size * size)
    return ((arm.value - size) / abs(size), variance.squareRoot())
  }
}

extension Contrast {
  /// The same without the normal distribution's help: two shares of independent trials, the null
  /// hypothesis by their common share, the interval by their own (Wald).
  public static func proportions(
    _ arm: (successes: Double, trials: Double), against control: (successes: Double, trials: Double)
  ) -> (z: Double, p: Double, difference: Double, error: Double) {
    let (a, b) = (control.successes / control.trials, arm.successes / arm.trials)
    let common = (control.successes + arm.successes) / (control.trials + arm.trials)
    let z =
      (b - a) / (common * (1 - common) * (1 / control.trials + 1 / arm.trials)).squareRoot()
    let error = (a * (1 - a) / control.trials + b * (1 - b) / arm.trials).squareRoot()
    return (z, Normal.twoSided(z), b - a, error)
  }
}
