import Foundation

/// The number of successes among independent trials.
package enum Binomial {
  /// The counts that lie in neither tail: each tail beyond them has a probability below
  /// `(1 − confidence) / 2`.
  package static func range(
    trials: Int, probability p: Double, confidence: Double
  ) -> ClosedRange<Int> {
    precondition(trials > 0 && p > 0 && p < 1)
    let tail = (1 - confidence) / 2
    func mass(_ k: Int) -> Double {
      let (hits, misses) = (Double(k), Double(trials - k))
      let ways = lgamma(Double(trials + 1)) - lgamma(hits + 1) - lgamma(misses + 1)
      return exp(ways + hits * log(p) + misses * log1p(-p))
    }
    var (low, below) = (0, mass(0))
    while below < tail {
      low += 1
      below += mass(low)
    }
    var (high, above) = (trials, mass(trials))
    while above < tail {
      high -= 1
      above += mass(high)
    }
    return low...high
  }
}

/// Kolmogorov's and Smirnov's test of numbers against the uniform distribution on 0…1.
package enum KolmogorovSmirnov {
  /// - Returns: the largest distance of the empirical distribution, and its p-value by the limit
  ///   distribution with Stephens' correction for few numbers.
  package static func uniform(_ values: [Double]) -> (distance: Double, p: Double) {
    let sorted = values.sorted()
    let n = Double(sorted.count)
    let distance = sorted.enumerated().reduce(0.0) { most, next in
      max(most, Double(next.offset + 1) / n - next.element, next.element - Double(next.offset) / n)
    }
    let x = distance * (n.squareRoot() + 0.12 + 0.11 / n.squareRoot())
    guard x > 0.2 else { return (distance, 1) }
    var (sum, sign) = (0.0, 1.0)
    for k in 1...100 {
      sum += sign * exp(-2 * Double(k * k) * x * x)
      sign = -sign
    }
    return (distance, min(max(2 * sum, 0), 1))
  }
}
