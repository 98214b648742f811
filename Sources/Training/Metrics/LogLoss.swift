extension Metrics {
  /// How near to 0 and 1 a probability is taken at its word in ``logLoss(_:labels:weights:)``: 10⁻⁷ in
  /// single precision, in which a sigmoid reaches 0 and 1; what a number near 1 can still be told from 1
  /// by in double precision.
  static func probabilityMargin<Probability: BinaryFloatingPoint>(of _: Probability.Type) -> Double
  {
    Probability.self == Float.self ? 1e-7 : Double.ulpOfOne
  }

  /// The mean cross-entropy `−Σ w·(y·ln p + (1−y)·ln(1−p)) / Σ w`, natural logarithm.
  ///
  /// Probabilities are clipped to [ε, 1 − ε], in single precision with ε = 10⁻⁷, where one clipped mistake
  /// costs 16.1, in double precision with 2.2·10⁻¹⁶, where it costs 36.
  ///
  /// - Returns: the loss; 0 without weight, and not a number where a probability is not one.
  package static func logLoss<Probability: BinaryFloatingPoint>(
    _ probabilities: [Probability], labels: [Float], weights: [Float]? = nil
  ) -> Double {
    sums(probabilities, labels, weights).logLoss ?? 0
  }

  /// Predicted clicks divided by actual clicks, `Σ w·p / Σ w·y`: 1 is calibrated, above 1 promises
  /// too many clicks.
  ///
  /// - Returns: nil where there are no clicks.
  package static func calibration<Probability: BinaryFloatingPoint>(
    _ probabilities: [Probability], labels: [Float], weights: [Float]? = nil
  ) -> Double? {
    sums(probabilities, labels, weights).calibration
  }

  /// The normalized entropy (He et al. 2014): the log loss divided by that of always predicting
  /// the average click rate p̄, `−p̄·ln p̄ − (1−p̄)·ln(1−p̄)`. Below 1 is better than that.
  ///
  /// - Returns: nil where there is only one class.
  package static func normalizedEntropy<Probability: BinaryFloatingPoint>(
    _ probabilities: [Probability], labels: [Float], weights: [Float]? = nil
  ) -> Double? {
    sums(probabilities, labels, weights).normalizedEntropy
  }

  private static func sums<Probability: BinaryFloatingPoint>(
    _ probabilities: [Probability], _ labels: [Float], _ weights: [Float]?
  ) -> LossSums {
    var sums = LossSums()
    sums.add(probabilities, labels: labels, weights: weights)
    return sums
  }
}
