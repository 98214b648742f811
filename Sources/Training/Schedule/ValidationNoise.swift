/// How much of a difference between two epochs' validation metrics is chance.
///
/// The standard deviation of an AUC A over P clicks and N other rows is that of Hanley and McNeil (1982),
/// `σ² = (A(1 − A) + (P − 1)(A/(2 − A) − A²) + (N − 1)(2A²/(1 + A) − A²)) / (P·N)`, that of a log loss about
/// `loss/√rows`. Two epochs are judged by the same rows and err alike, so that their difference deviates by a small
/// part of it.
struct ValidationNoise: Sendable, Hashable, Codable {
  /// AUCs that differ by less than this part of a deviation are a tie.
  static let tie = 0.1
  /// Gains of less than this part of a deviation are no progress.
  static let progress = 0.02

  /// The validation rows with a click, and without one.
  let clicks: Int
  let others: Int

  /// The standard deviation of an AUC over other rows of the kind; 0 where it is undefined.
  func deviation(ofAUC auc: Double) -> Double {
    guard clicks > 0, others > 0 else { return 0 }
    let square = auc * auc
    let variance =
      auc * (1 - auc) + Double(clicks - 1) * (auc / (2 - auc) - square)
      + Double(others - 1) * (2 * square / (1 + auc) - square)
    return (max(variance, 0) / (Double(clicks) * Double(others))).squareRoot()
  }

  /// The standard deviation of a log loss over other rows of the kind, about.
  func deviation(ofLogLoss loss: Double) -> Double {
    clicks + others > 0 ? loss / Double(clicks + others).squareRoot() : 0
  }
}
