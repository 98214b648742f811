import Foundation

/// What the odds p / (1 − p) of predictions are multiplied by, so that they mean the click rate of all rows.
///
/// It keeps the order of rows, and with it every AUC: where a model promises a twentieth too many clicks everywhere,
/// one number mends it.
package enum Odds {
  /// The probability whose odds are so many times those of another one: `p / (p + (1 − p) / factor)`.
  ///
  /// - Parameter factor: above 0; with 1 nothing changes.
  package static func multiplied(_ probability: Float, by factor: Float) -> Float {
    guard factor != 1 else { return probability }
    let (p, f) = (Double(probability), Double(factor))
    return Float(p / (p + (1 - p) / f))
  }

  /// The factor with which as many clicks are predicted as there were, `Σ w·p′ = Σ w·y`.
  ///
  /// - Parameters:
  ///   - probabilities: before it, [rows].
  ///   - labels: 0 or 1, [rows].
  ///   - weights: [rows]; nil where all are 1.
  /// - Returns: nil where no factor does: without a click, without a row without one, or where probabilities are not
  ///   between 0 and 1.
  package static func factor(
    _ probabilities: [Float], labels: [Float], weights: [Float]? = nil
  ) -> Float? {
    precondition(labels.count == probabilities.count)
    var (weight, clicks) = (0.0, 0.0)
    for (row, label) in labels.enumerated() {
      let w = Double(weights?[row] ?? 1)
      weight += w
      clicks += w * Double(label)
    }
    guard clicks > 0, clicks < weight else { return nil }
    // The sum rises with the factor's logarithm. Newton's steps, kept between bounds that close in.
    var (low, high, logarithm) = (-40.0, 40.0, 0.0)
    for _ in 0..<100 {
      let factor = exp(logarithm)
      var (sum, slope) = (0.0, 0.0)
      for (row, probability) in probabilities.enumerated() {
        let (p, w) = (Double(probability), Double(weights?[row] ?? 1))
        let q = p / (p + (1 - p) / factor)
        sum += w * q
        slope += w * q * (1 - q)
      }
      guard sum.isFinite else { return nil }
      let excess = sum - clicks
      if abs(excess) <= 1e-9 * clicks { return Float(factor) }
      if excess > 0 { high = logarithm } else { low = logarithm }
      let step = logarithm - excess / slope
      logarithm = step > low && step < high ? step : (low + high) / 2
    }
    return nil
  }
}
