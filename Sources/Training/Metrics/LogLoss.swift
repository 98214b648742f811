import Foundation

extension Metrics {
  /// How near to 0 and 1 a probability is taken at its word in ``logLoss(_:labels:weights:)``.
  public static let probabilityMargin = 1e-7

  /// The mean cross-entropy `−Σ w·(y·ln p + (1−y)·ln(1−p)) / Σ w`, natural logarithm.
  ///
  /// Probabilities are clipped to [``probabilityMargin``, 1 − ``probabilityMargin``], since a
  /// sigmoid in single precision reaches 0 and 1; one clipped mistake costs 16.1.
  ///
  /// - Returns: the loss; 0 without weight, and not a number where a probability is not one.
  public static func logLoss(
    _ probabilities: [Float], labels: [Float], weights: [Float]? = nil
  ) -> Double {
    precondition(labels.count == probabilities.count)
    var (sum, total) = (0.0, 0.0)
    for (sample, probability) in probabilities.enumerated() {
      guard !probability.isNaN else { return .nan }
      let weight = Double(weights?[sample] ?? 1)
      let p = min(max(Double(probability), probabilityMargin), 1 - probabilityMargin)
      let y = Double(labels[sample])
      sum -= weight * (y * log(p) + (1 - y) * log1p(-p))
      total += weight
    }
    return total > 0 ? sum / total : 0
  }
}
