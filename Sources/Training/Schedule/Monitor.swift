/// What decides which epoch is the best, and whether training still makes progress.
public enum Monitor: String, Sendable, Codable, CaseIterable {
  /// The validation AUC; of epochs whose AUCs chance could exchange, the validation log loss. Progress is a gain
  /// of either.
  case aucThenLogLoss = "auc-then-logloss"
  /// The validation AUC.
  case auc
  /// The validation AUC minus the validation log loss.
  case aucMinusLogLoss = "auc-logloss"
  /// The validation log loss, negated.
  case logLoss = "logloss"

  /// The monitored number, the higher the better, or nil where it needs an AUC and that is undefined.
  package func value(of evaluation: Evaluation) -> Double? {
    switch self {
    case .auc, .aucThenLogLoss: evaluation.auc
    case .aucMinusLogLoss: evaluation.auc.map { $0 - evaluation.logLoss }
    case .logLoss: -evaluation.logLoss
    }
  }
}
