/// The curves of predicted probabilities that pictures are drawn from.
package struct EvaluationCurves: Sendable, Codable, Hashable {
  /// The ROC curve, thinned out; empty where it is undefined.
  package let roc: [Ranking.ROCPoint]
  /// The reliability curve in bins of as many rows.
  package let reliability: [Metrics.ReliabilityBin]

  /// Measures probabilities against labels (0 or 1), all arrays as long; nil weights are all 1.
  package init(probabilities: [Float], labels: [Float], weights: [Float]? = nil) {
    roc =
      Metrics.ranking(probabilities, labels: labels, weights: weights)?.rocCurve(limit: 200) ?? []
    reliability = Metrics.reliability(probabilities, labels: labels, weights: weights, bins: 15)
  }
}
