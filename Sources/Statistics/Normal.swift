import Foundation

/// The standard normal distribution.
package enum Normal {
  /// P(Z > z).
  package static func upperTail(_ z: Double) -> Double { erfc(z * 0.5.squareRoot()) / 2 }

  /// P(|Z| ≥ |z|), the two-sided p-value.
  package static func twoSided(_ z: Double) -> Double { erfc(abs(z) * 0.5.squareRoot()) }

  /// The number that Z exceeds with probability `p`, 0 < p < 1: by bisection, then Newton's steps.
  package static func upperQuantile(_ p: Double) -> Double {
    precondition(p > 0 && p < 1)
    // The lower half by symmetry: the upper tail alone keeps its digits.
    if p > 0.5 { return -upperQuantile(1 - p) }
    var z = root(between: 0, and: 40) { p - upperTail($0) }
    for _ in 0..<2 {
      let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      if density > 0 { z += (upperTail(z) - p) / density }
    }
    return z
  }
}

/// Where a rising function crosses 0, by bisection to the last bits.
func root(between low: Double, and high: Double, _ rising: (Double) -> Double) -> Double {
  var (low, high) = (low, high)
  for _ in 0..<200 {
    let middle = (low + high) / 2
    if middle == low || middle == high { break }
    if rising(middle) < 0 { low = middle } else { high = middle }
  }
  return (low + high) / 2
}
