/// How good predicted probabilities are.
public struct Evaluation: Sendable, Codable, Hashable {
  /// The number of samples.
  public var rows: Int
  /// The exact area under the ROC curve; nil where it is undefined, see ``Metrics/auc(_:labels:weights:)``.
  public var auc: Double?
  /// The mean cross-entropy, see ``Metrics/logLoss(_:labels:weights:)``.
  public var logLoss: Double
  /// The log loss relative to that of the average click rate; nil for one class.
  public var normalizedEntropy: Double?
  /// Predicted clicks divided by actual clicks; nil without clicks.
  public var calibration: Double?

  enum CodingKeys: String, CodingKey {
    case rows, auc, calibration
    case logLoss = "log_loss"
    case normalizedEntropy = "normalized_entropy"
  }

  /// Measures probabilities against labels (0 or 1), all arrays as long; nil weights are all 1.
  public init(probabilities: [Float], labels: [Float], weights: [Float]? = nil) {
    rows = labels.count
    auc = Metrics.auc(probabilities, labels: labels, weights: weights)
    logLoss = Metrics.logLoss(probabilities, labels: labels, weights: weights)
    normalizedEntropy = Metrics.normalizedEntropy(probabilities, labels: labels, weights: weights)
    calibration = Metrics.calibration(probabilities, labels: labels, weights: weights)
  }
}
