import Foundation
import Statistics

/// How many units it takes to see a lift, and which lift so many units show.
public struct Power: Sendable, Hashable, Codable {
  /// The chance of an alarm without a difference, two-sided.
  public var alpha: Double
  /// The chance of one with the difference.
  public var power: Double

  public init(alpha: Double = 0.05, power: Double = 0.8) {
    (self.alpha, self.power) = (alpha, power)
  }

  private var quantiles: (alpha: Double, power: Double) {
    (Normal.upperQuantile(alpha / 2), Normal.upperQuantile(1 - power))
  }

  /// Which variance of two shares a test of them goes by.
  public enum Proportions: Sendable, CaseIterable {
    /// Under no difference their common one, as the z-test does.
    case pooled
    /// Their own.
    case unpooled
    /// That of the arcsine of their roots, which does not depend on them.
    case arcsine
  }

  /// The independent trials of each of two arms of the same size.
  ///
  /// - Parameters:
  ///   - share: the control's.
  ///   - lift: the relative lift to be seen.
  public func trials(
    share: Double, lift: Double, by method: Proportions = .pooled
  ) -> Double {
    let other = share * (1 + lift)
    let (z, y) = quantiles
    let own = share * (1 - share) + other * (1 - other)
    switch method {
    case .pooled:
      let mean = (share + other) / 2
      let root = z * (2 * mean * (1 - mean)).squareRoot() + y * own.squareRoot()
      return root * root / ((other - share) * (other - share))
    case .unpooled:
      return (z + y) * (z + y) * own / ((other - share) * (other - share))
    case .arcsine:
      let distance = 2 * (asin(other.squareRoot()) - asin(share.squareRoot()))
      let shift = shift
      return 2 * shift * shift / (distance * distance)
    }
  }

  /// By how many standard errors the normal distribution is to be shifted so that it lies beyond either
  /// bound with the chance that is wanted: about z_{α/2} + z_β, by Newton's steps.
  private var shift: Double {
    let (z, y) = quantiles
    func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
    var shift = z + y
    for _ in 0..<4 {
      let reached = Normal.upperTail(z - shift) + Normal.upperTail(z + shift)
      shift -= (reached - power) / (density(z - shift) - density(z + shift))
    }
    return shift
  }

  /// The least relative lift that an experiment is likely to show.
  ///
  /// - Parameters:
  ///   - control, arm: how many units each would have.
  ///   - baseline: the control's number, and how far units scatter.
  public func detectableLift(control: Double, arm: Double, baseline: ArmStatistic) -> Double {
    let (z, y) = quantiles
    let error = (baseline.variance * (1 / control + 1 / arm)).squareRoot()
    return (z + y) * error / abs(baseline.value)
  }

  /// The units of each of two arms of the same size that show a relative lift:
  /// `n = 2·(z_{α/2} + z_β)²·V / (lift·R)²`.
  public func units(lift: Double, baseline: ArmStatistic) -> Double {
    let (z, y) = quantiles
    let distance = lift * baseline.value
    return 2 * (z + y) * (z + y) * baseline.variance / (distance * distance)
  }
}
