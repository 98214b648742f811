import ABTesting

/// What came of an experiment, and what was true of it.
package struct MarketResult: Sendable, Codable {
  package var settings: MarketSettings
  package var design: MarketDesign
  package var days: [MarketDay]
  /// The control against itself; nil where there were no such days.
  package var aa: ABAnalysis?
  /// The treatment against the control.
  package var ab: ABAnalysis

  /// What a policy earns with all requests of a phase.
  package func expected(_ policy: String, _ phase: MarketPhase = .ab) -> ExpectedSuccess {
    days.filter { $0.phase == phase }.reduce(ExpectedSuccess()) {
      $0 + ($1.expected[policy] ?? ExpectedSuccess())
    }
  }

  /// The lift of the treatment over the control, were all requests answered by each.
  package var trueClickLift: Double {
    expected(design.treatment).clickRate / expected(design.control).clickRate - 1
  }

  package var trueOrderLift: Double {
    expected(design.treatment).orderRate / expected(design.control).orderRate - 1
  }

  /// The lift of who knows the truth over the control.
  package var oracleLift: Double {
    expected("oracle").clickRate / expected(design.control).clickRate - 1
  }

  /// The share of clicks that a policy leaves to who knows the truth.
  package func regret(of policy: String) -> Double {
    1 - expected(policy).clickRate / expected("oracle").clickRate
  }

  /// A model's AUC, the mean of the days of the test.
  package func auc(of policy: String, _ log: (OfflineAUC) -> Double?) -> Double? {
    let values = days.filter { $0.phase == .ab }.compactMap { $0.auc[policy].flatMap(log) }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// The estimated lift of a metric with its interval; nil where nothing can be said.
  package func estimate(_ metric: String) -> ABAnalysis.Comparison? {
    ab.metrics.first { $0.metric.name == metric }?.comparisons.first
  }
}
