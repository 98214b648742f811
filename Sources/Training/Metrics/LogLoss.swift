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
    sums(probabilities, labels, weights).logLoss ?? 0
  }

  /// Predicted clicks divided by actual clicks, `Σ w·p / Σ w·y`: 1 is calibrated, above 1 promises
  /// too many clicks.
  ///
  /// - Returns: nil where there are no clicks.
  public static func calibration(
    _ probabilities: [Float], labels: [Float], weights: [Float]? = nil
  ) -> Double? {
    sums(probabilities, labels, weights).calibration
  }

  /// The normalized entropy (He et al. 2014): the log loss divided by that of always predicting
  /// the average click rate p̄, `−p̄·ln p̄ − (1−p̄)·ln(1−p̄)`. Below 1 is better than that.
  ///
  /// - Returns: nil where there is only one class.
  public static func normalizedEntropy(
    _ probabilities: [Float], labels: [Float], weights: [Float]? = nil
  ) -> Double? {
    sums(probabilities, labels, weights).normalizedEntropy
  }

  private static func sums(
    _ probabilities: [Float], _ labels: [Float], _ weights: [Float]?
  ) -> LossSums {
    var sums = LossSums()
    sums.add(probabilities, labels: labels, weights: weights)
    return sums
  }
}
