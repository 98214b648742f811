/// Measures of predicted click probabilities against clicks, all in double precision.
///
/// Throughout: `labels` are 0 or 1, `weights` are sample weights from 0 and nil where all are 1, and
/// all arrays are as long. A measure that a sample does not define is nil, never NaN and never an
/// error; ``Undefined`` says why.
public enum Metrics {
  /// Why a measure cannot be had.
  public enum Undefined: String, Sendable, Codable, CustomStringConvertible {
    case noRows = "there are no rows"
    case noWeight = "all weights are 0"
    case noClicks = "there are no clicks"
    case onlyClicks = "there are only clicks"
    case notANumber = "a prediction is not a number"

    public var description: String { rawValue }
  }

  /// The exact area under the ROC curve, see ``Ranking/auc``.
  ///
  /// - Parameter scores: probabilities or logits; only their order matters.
  /// - Returns: the area, or nil where it is undefined: one of the classes has no weight, or a
  ///   score is not a number.
  package static func auc<Score: BinaryFloatingPoint>(
    _ scores: [Score], labels: [Float], weights: [Float]? = nil
  ) -> Double? {
    ranking(scores, labels: labels, weights: weights)?.auc
  }

  /// The samples in the order of their scores; nil where a score is not a number.
  static func ranking<Score: BinaryFloatingPoint>(
    _ scores: [Score], labels: [Float], weights: [Float]?
  ) -> Ranking? {
    guard scores.allSatisfy({ !$0.isNaN }) else { return nil }
    return Ranking(scores, labels: labels, weights: weights)
  }
}
