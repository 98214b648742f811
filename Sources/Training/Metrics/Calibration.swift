import Foundation

extension Metrics {
  /// Predicted clicks divided by actual clicks, `Σ w·p / Σ w·y`: 1 is calibrated, above 1 promises
  /// too many clicks.
  ///
  /// - Returns: nil where there are no clicks.
  public static func calibration(
    _ probabilities: [Float], labels: [Float], weights: [Float]? = nil
  ) -> Double? {
    precondition(labels.count == probabilities.count)
    var (predicted, actual) = (0.0, 0.0)
    for sample in probabilities.indices {
      let weight = Double(weights?[sample] ?? 1)
      predicted += weight * Double(probabilities[sample])
      actual += weight * Double(labels[sample])
    }
    return actual > 0 ? predicted / actual : nil
  }

  /// The normalized entropy (He et al. 2014): the log loss divided by that of always predicting
  /// the average click rate p̄, `−p̄·ln p̄ − (1−p̄)·ln(1−p̄)`. Below 1 is better than that.
  ///
  /// - Returns: nil where there is only one class.
  public static func normalizedEntropy(
    _ probabilities: [Float], labels: [Float], weights: [Float]? = nil
  ) -> Double? {
    var (clicks, total) = (0.0, 0.0)
    for (sample, label) in labels.enumerated() {
      let weight = Double(weights?[sample] ?? 1)
      clicks += weight * Double(label)
      total += weight
    }
    guard clicks > 0, clicks < total else { return nil }
    let rate = clicks / total
    let entropy = -rate * log(rate) - (1 - rate) * log1p(-rate)
    return logLoss(probabilities, labels: labels, weights: weights) / entropy
  }
}
