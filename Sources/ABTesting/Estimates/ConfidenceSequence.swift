import Foundation

/// Intervals that hold at all looks together, however often somebody looks: asymptotic confidence sequences
/// (Waudby-Smith et al., "Time-uniform central limit theory", arXiv 2103.06476).
public struct ConfidenceSequence: Sendable, Hashable, Codable {
  public let alpha: Double
  /// ρ, which decides where the sequence is tightest.
  public let rho: Double

  /// - Parameter tuning: N*, the number of units at which it is tightest:
  ///   `ρ = √((−2·ln α + ln(1 − 2·ln α)) / N*)`.
  public init(alpha: Double, tuning: Int) {
    self.alpha = alpha
    rho = ((-2 * log(alpha) + log(1 - 2 * log(alpha))) / Double(tuning)).squareRoot()
  }

  /// Half the width of the interval around a difference:
  /// `√s² · √(2·(nρ² + 1)/(n²ρ²) · ln(√(nρ² + 1)/α))` with `s² = error²·n`.
  ///
  /// - Parameters:
  ///   - error: the standard error at this look.
  ///   - units: n, those of both arms.
  public func halfWidth(error: Double, units: Int) -> Double {
    let n = Double(units)
    let mixed = n * rho * rho + 1
    let square = 2 * mixed / (n * n * rho * rho) * log(mixed.squareRoot() / alpha)
    return (error * error * n).squareRoot() * square.squareRoot()
  }

  /// The p-value of this look, `min(1, 1/E)` with `E = exp(ρ²S²/(2(nρ² + 1)))/√(nρ² + 1)` and
  /// `S² = (difference/error)²·n`: the least of all looks so far is a p-value as well.
  public func p(difference: Double, error: Double, units: Int) -> Double {
    guard error > 0 else { return difference == 0 ? 1 : 0 }
    let n = Double(units)
    let mixed = n * rho * rho + 1
    let sum = (difference / error) * (difference / error) * n
    return min(1, exp(-rho * rho * sum / (2 * mixed)) * mixed.squareRoot())
  }

  /// The estimate of a look.
  public func estimate(_ value: Double, error: Double, units: Int) -> Estimate {
    Estimate(value, error: error, halfWidth: halfWidth(error: error, units: units))
  }
}

/// The mixture sequential probability ratio test with a normal mixture around no difference (Johari et al.,
/// 2017): the older of the two ways to look at all times.
public enum MixtureSPRT {
  /// `Λ = √(V/(V + nτ²)) · exp(n²τ²δ²/(2V(V + nτ²)))`; at 1/α and above the null hypothesis falls.
  ///
  /// - Parameters:
  ///   - difference: δ, at this look.
  ///   - variance: V, of a single pair of units.
  ///   - mixture: τ², the variance of the differences that are thought likely.
  ///   - pairs: n.
  public static func ratio(
    difference: Double, variance: Double, mixture: Double, pairs: Int
  ) -> Double {
    let n = Double(pairs)
    let total = variance + n * mixture
    return (variance / total).squareRoot()
      * exp(n * n * mixture * difference * difference / (2 * variance * total))
  }
}
