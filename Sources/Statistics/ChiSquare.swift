import Foundation

/// The χ² distribution.
package enum ChiSquare {
  /// P(X ≥ x) with so many degrees of freedom: Q(ν/2, x/2), the regularized incomplete gamma function,
  /// by its series below the mean and by Lentz's continued fraction above (Press et al., §6.2).
  package static func upperTail(_ x: Double, degrees: Double) -> Double {
    precondition(degrees > 0)
    let (a, y) = (degrees / 2, x / 2)
    guard y > 0 else { return 1 }
    guard y.isFinite else { return 0 }
    let scale = exp(a * log(y) - y - lgamma(a))
    if y < a + 1 {
      var (term, sum, n) = (1 / a, 1 / a, a)
      for _ in 0..<10_000 where term > sum * 1e-17 {
        n += 1
        term *= y / n
        sum += term
      }
      return 1 - scale * sum
    }
    var b = y + 1 - a
    var c = 1e300
    var d = 1 / b
    var result = d
    for step in 1...10_000 {
      let k = Double(step)
      let factor = -k * (k - a)
      b += 2
      d = 1 / (factor * d + b)
      c = b + factor / c
      result *= d * c
      if abs(d * c - 1) < 1e-16 { break }
    }
    return scale * result
  }
}
