import Foundation

/// Student's t-distribution.
package enum StudentT {
  /// The degrees of freedom from which the normal distribution stands in.
  static let normalFrom = 1e8

  /// The probability that |T| is at least `|t|` by chance: the two-sided p-value.
  ///
  /// `p = I_x(ν/2, ½)` with `x = ν / (ν + t²)` and the regularized incomplete beta function I.
  ///
  /// - Parameters:
  ///   - t: the statistic.
  ///   - degrees: ν, the degrees of freedom, above 0.
  package static func twoSided(_ t: Double, degrees: Double) -> Double {
    precondition(degrees > 0)
    guard !t.isNaN else { return .nan }
    guard t.isFinite else { return 0 }
    // Beyond, the gamma functions lose more digits than the distributions differ by.
    guard degrees < normalFrom else { return Normal.twoSided(t) }
    // Near t = 0, 1 − x is exact where x is not.
    let square = t * t
    return regularizedBeta(
      degrees / (degrees + square), complement: square / (degrees + square), degrees / 2, 0.5)
  }

  /// The regularized incomplete beta function I_x(a, b), by Lentz's continued fraction on the side of
  /// the mean where it converges fast (Press et al., Numerical Recipes, §6.4).
  static func regularizedBeta(
    _ x: Double, complement: Double, _ a: Double, _ b: Double
  ) -> Double {
    guard x > 0 else { return 0 }
    guard complement > 0 else { return 1 }
    // At the border itself, both sides would pass on to each other.
    guard x <= (a + 1) / (a + b + 2) else {
      return 1 - regularizedBeta(complement, complement: x, b, a)
    }
    let scale = lgamma(a + b) - lgamma(a) - lgamma(b)
    return exp(scale + a * log(x) + b * log(complement)) * fraction(x, a, b) / a
  }

  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    func away(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
    var c = 1.0
    var d = 1 / away(1 - (a + b) * x / (a + 1))
    var result = d
    for step in 1...500 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / away(1 + even * d)
      c = away(1 + even / c)
      result *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / away(1 + odd * d)
      c = away(1 + odd / c)
      result *= d * c
      if abs(d * c - 1) < 1e-15 { break }
    }
    return result
  }
}
