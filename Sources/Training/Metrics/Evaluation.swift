/// How good predicted probabilities are.
public struct Evaluation: Sendable, Codable, Hashable {
  /// The number of samples.
  public var rows: Int
  /// The exact area under the ROC curve; nil where it is undefined, see ``undefined``.
  public var auc: Double?
  /// The area under the precision-recall curve, as average precision; nil without clicks.
  public var averagePrecision: Double?
  /// The mean cross-entropy, see `Metrics.logLoss(_:labels:weights:)`.
  public var logLoss: Double
  /// The log loss relative to that of the average click rate; nil for one class.
  public var normalizedEntropy: Double?
  /// Predicted clicks divided by actual clicks; nil without clicks.
  public var calibration: Double?
  /// The AUC within groups; nil where the rows have none.
  public var groupedAUC: Metrics.GroupedAUC?
  /// Why not all of these can be had; nil where they can.
  public var undefined: Metrics.Undefined?

  enum CodingKeys: String, CodingKey {
    case rows, auc, calibration, undefined
    case averagePrecision = "average_precision"
    case logLoss = "log_loss"
    case normalizedEntropy = "normalized_entropy"
    case groupedAUC = "grouped_auc"
  }

  /// Measures probabilities against labels (0 or 1), all arrays as long; nil weights are all 1.
  public init(probabilities: [Float], labels: [Float], weights: [Float]? = nil) {
    self.init(
      probabilities: probabilities, labels: labels, weights: weights, groups: [Int]?.none)
  }

  /// Measures probabilities against labels (0 or 1), all arrays as long; nil weights are all 1.
  ///
  /// - Parameter groups: whom each row belongs to, for the AUC within groups; nil for nobody.
  public init<Group: Hashable>(
    probabilities: [Float], labels: [Float], weights: [Float]? = nil, groups: [Group]?
  ) {
    var sums = LossSums()
    sums.add(probabilities, labels: labels, weights: weights)
    let ranking = Metrics.ranking(probabilities, labels: labels, weights: weights)
    rows = labels.count
    auc = ranking?.auc
    averagePrecision = ranking?.averagePrecision
    logLoss = sums.logLoss ?? 0
    normalizedEntropy = sums.normalizedEntropy
    calibration = sums.calibration
    undefined = sums.undefined
    groupedAUC = groups.flatMap {
      Metrics.groupedAUC(probabilities, labels: labels, weights: weights, groups: $0)
    }
  }
}
