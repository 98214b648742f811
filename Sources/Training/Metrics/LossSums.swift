import Foundation

/// What log loss, normalized entropy and calibration are made from: sums over samples in any number,
/// taken one after the other.
package struct LossSums: Sendable, Hashable {
  /// `Σ w`
  package private(set) var weight = 0.0
  /// `Σ w·y`
  package private(set) var clicks = 0.0
  /// `Σ w·p`
  package private(set) var predicted = 0.0
  /// `−Σ w·(y·ln p + (1−y)·ln(1−p))`, see ``Metrics/logLoss(_:labels:weights:)``.
  package private(set) var loss = 0.0
  /// The number of samples.
  package private(set) var rows = 0

  package init() {}

  /// Takes samples: probabilities, labels of 0 or 1, and weights, nil where all are 1.
  package mutating func add<Probability: BinaryFloatingPoint>(
    _ probabilities: [Probability], labels: [Float], weights: [Float]? = nil
  ) {
    precondition(labels.count == probabilities.count)
    for (sample, probability) in probabilities.enumerated() {
      add(probability, label: labels[sample], weight: weights?[sample] ?? 1)
    }
  }

  /// Takes a sample.
  package mutating func add<Probability: BinaryFloatingPoint>(
    _ probability: Probability, label: Float, weight: Float = 1
  ) {
    let (y, w) = (Double(label), Double(weight))
    let margin = Metrics.probabilityMargin(of: Probability.self)
    // `min` and `max` would let NaN pass as the margin.
    let p = probability.isNaN ? .nan : min(max(Double(probability), margin), 1 - margin)
    loss -= w * (y * log(p) + (1 - y) * log1p(-p))
    self.weight += w
    clicks += w * y
    predicted += w * Double(probability)
    rows += 1
  }

  /// Takes what others have summed.
  package mutating func add(_ other: LossSums) {
    weight += other.weight
    clicks += other.clicks
    predicted += other.predicted
    loss += other.loss
    rows += other.rows
  }

  /// The mean cross-entropy; nil without weight.
  package var logLoss: Double? { weight > 0 ? loss / weight : nil }

  /// The log loss divided by that of always predicting the average click rate; nil for one class.
  package var normalizedEntropy: Double? {
    guard clicks > 0, clicks < weight, let logLoss, !logLoss.isNaN else { return nil }
    let rate = clicks / weight
    return logLoss / (-rate * log(rate) - (1 - rate) * log1p(-rate))
  }

  /// Predicted clicks divided by actual clicks; nil without clicks.
  package var calibration: Double? {
    clicks > 0 && !predicted.isNaN ? predicted / clicks : nil
  }

  /// Why not all measures can be had; nil where they can.
  package var undefined: Metrics.Undefined? {
    if rows == 0 { return .noRows }
    if loss.isNaN || predicted.isNaN { return .notANumber }
    if weight == 0 { return .noWeight }
    if clicks == 0 { return .noClicks }
    return clicks == weight ? .onlyClicks : nil
  }
}
