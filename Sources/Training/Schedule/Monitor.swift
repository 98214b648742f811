/// The number that decides which epoch is the best: the higher, the better.
public enum Monitor: String, Sendable, Codable, CaseIterable {
  /// The validation AUC.
  case auc
  /// The validation AUC minus the validation log loss.
  case aucMinusLogLoss = "auc-logloss"
  /// The validation log loss, negated.
  case logLoss = "logloss"

  /// The monitored number, or nil where it needs an AUC and that is undefined.
  package func value(of evaluation: Evaluation) -> Double? {
    switch self {
    case .auc: evaluation.auc
    case .aucMinusLogLoss: evaluation.auc.map { $0 - evaluation.logLoss }
    case .logLoss: -evaluation.logLoss
    }
  }
}
