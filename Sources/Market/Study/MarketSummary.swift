import ABTesting

/// An experiment in a few numbers: what was true, what was measured, and what an offline evaluation had said.
package struct MarketSummary: Sendable, Codable {
  /// A metric's true lift beside what the test says.
  package struct Lift: Sendable, Codable {
    package var truth: Double
    package var estimate: Double?
    package var lower: Double?
    package var upper: Double?
    package var p: Double?

    /// Whether the interval holds the truth; nil where there is none.
    package var isCovered: Bool? {
      guard let lower, let upper else { return nil }
      return lower <= truth && truth <= upper
    }

    init(_ truth: Double, _ comparison: ABAnalysis.Comparison?) {
      self.truth = truth
      let lift = comparison?.contrast?.lift
      (estimate, lower, upper) = (lift?.value, lift?.lower, lift?.upper)
      p = comparison?.p
    }
  }

  /// A day of the test: the true lift, and the lift by this day's rows alone.
  package struct Day: Sendable, Codable {
    package var day: Int
    package var truth: Double
    package var estimate: Estimate?
  }

  /// How a policy did.
  package struct Policy: Sendable, Codable {
    package var clickRate: Double
    package var orderRate: Double
    /// The share of clicks that is left to who knows the truth.
    package var regret: Double
    /// The share of impressions of items that came today or yesterday.
    package var fresh: Double
    package var auc: OfflineAUC
  }

  package var settings: MarketSettings
  package var design: MarketDesign
  package var ctr: Lift
  package var cvr: Lift
  package var oracleLift: Double
  package var control: Policy
  package var treatment: Policy
  package var oracle: Policy
  package var random: Policy
  package var days: [Day]
  /// Why nothing may be said; nil where something may.
  package var isBroken: Bool

  package init(_ result: MarketResult) {
    (settings, design) = (result.settings, result.design)
    ctr = Lift(result.trueClickLift, result.estimate("CTR"))
    cvr = Lift(result.trueOrderLift, result.estimate("CVR"))
    oracleLift = result.oracleLift
    func policy(_ name: String) -> Policy {
      let sum = result.expected(name)
      return Policy(
        clickRate: sum.clickRate, orderRate: sum.orderRate, regret: result.regret(of: name),
        fresh: Double(sum.fresh) / Double(max(sum.impressions, 1)),
        auc: OfflineAUC(
          uniform: result.auc(of: name) { $0.uniform }, shown: result.auc(of: name) { $0.shown }))
    }
    control = policy(design.control)
    treatment = policy(design.treatment)
    (oracle, random) = (policy("oracle"), policy("random"))
    let estimates = result.estimate("CTR")?.days ?? []
    let (treated, controlled) = (design.treatment, design.control)
    days = result.days.filter { $0.phase == .ab }.enumerated().map { index, day in
      let rates = [treated, controlled].map { day.expected[$0]?.clickRate ?? 0 }
      return Day(
        day: day.day, truth: rates[0] / rates[1] - 1,
        estimate: index < estimates.count ? estimates[index].own?.lift : nil)
    }
    isBroken = result.ab.isBroken
  }

  /// By how much the treatment's AUC is above the control's.
  package func gap(_ log: (OfflineAUC) -> Double?) -> Double? {
    guard let a = log(control.auc), let b = log(treatment.auc) else { return nil }
    return b - a
  }
}
