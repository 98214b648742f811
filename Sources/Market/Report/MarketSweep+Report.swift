import ABTesting
import Reports

extension MarketSweep {
  /// The sweep as a document.
  package var report: Report {
    let design = base.design
    var report = Report(
      title: "\(design.treatment) against \(design.control), over the strength of pair effects",
      subtitle:
        "\(Numbers.grouped(base.settings.users)) made-up users a market, \(points.count + pitfalls.count) markets"
    )
    report.lead = [.list(conclusions)]
    report.add("The lift", [.charts([liftChart(0), liftChart(crosses)]), .table(liftTable)])
    report.add(
      "What an offline evaluation would have said",
      [
        .paragraph(
          """
          "All" is the AUC of every candidate, each looked at: what a log in random order shows. "Shown" is \
          that of what the control showed: items that it likes, at their places.
          """), .charts([gapChart]), .table(offlineTable),
      ])
    let summary = MarketSummary(base)
    report.add(
      "One market of them",
      [
        .paragraph(
          "Pair effects of \(Numbers.trimmed(base.settings.pairEffect, 2)), no crosses."),
        .table(base.policyTable), .charts([.lines(summary.dayChart("CTR lift day by day"))]),
        .list(base.ab.conclusions),
      ])
    if let check = base.aa?.aa {
      report.add("The control against itself", MarketResult.alarmBlocks(check))
    }
    if !pitfalls.isEmpty { report.add("What goes wrong", pitfallBlocks) }
    report.add("What this is", [.list(honesty)])
    return report
  }

  private var crosses: Int { points.map(\.design.crosses).max() ?? 0 }

  private func points(crosses: Int) -> [MarketSummary] {
    points.filter { $0.design.crosses == crosses }
  }

  private var conclusions: [Report.Text] {
    let covered = (points + pitfalls.map(\.summary)).compactMap(\.ctr.isCovered)
    var list = Set([0, crosses]).sorted().map(conclusion)
    list.append(
      "\(count: covered.count { $0 }) of \(count: covered.count) intervals of the CTR lift hold the true one."
    )
    return list
  }

  private func conclusion(_ crosses: Int) -> Report.Text {
    let those = points(crosses: crosses)
    let (control, treatment) = (base.design.control, base.design.treatment)
    let against =
      crosses == 0
      ? "Against \(control) without crosses" : "Against \(control) with \(crosses) crosses"
    guard let first = those.first, let last = those.last else { return Report.Text(against) }
    let range =
      "from \(Words.lift(first.ctr.truth)) without any pair effect to \(Words.lift(last.ctr.truth)) at "
      + Numbers.trimmed(last.settings.pairEffect, 2)
    guard let place = passing(0.1, those) else {
      return "\(strong: "\(against) \(treatment) nowhere gains 10 % of clicks"): \(range)."
    }
    let where10 =
      "\(against) \(treatment) gains 10 % of clicks where pair effects have a deviation of about "
      + Numbers.fixed(place.strength, 2)
    return """
      \(strong: where10), beside \(Numbers.trimmed(base.settings.itemEffect, 2)) of items' own; its AUC is then about \
      \(Numbers.fixed(place.gap, 3)) higher. In all, \(range).
      """
  }

  /// Where the true lift passes a value, between two markets by their line, and the AUC's gap there.
  func passing(_ lift: Double, _ those: [MarketSummary]) -> (strength: Double, gap: Double)? {
    for (a, b) in zip(those, those.dropFirst()) where a.ctr.truth < lift && b.ctr.truth >= lift {
      let share = (lift - a.ctr.truth) / (b.ctr.truth - a.ctr.truth)
      func between(_ a: Double, _ b: Double) -> Double { a + share * (b - a) }
      return (
        between(a.settings.pairEffect, b.settings.pairEffect),
        between(a.gap { $0.uniform } ?? 0, b.gap { $0.uniform } ?? 0)
      )
    }
    return nil
  }

  package var liftTable: Report.Table {
    var table = Report.Table(
      columns: [
        .number("pairs", help: "the deviation of pair effects on the logit"), .number("crosses"),
        .number("CTR, true"), .number("measured"), .text("95 % interval"),
        .number("CVR, true"), .number("measured"), .text("95 % interval"),
        .number("oracle", help: "the CTR lift of who knows the truth"),
      ])
    for point in points {
      table.add([
        .number(point.settings.pairEffect, digits: 1), .count(point.design.crosses),
        .lift(point.ctr.truth), .lift(point.ctr.estimate), .interval(point.ctr),
        .lift(point.cvr.truth), .lift(point.cvr.estimate), .interval(point.cvr),
        .lift(point.oracleLift),
      ])
    }
    return table
  }

  package var offlineTable: Report.Table {
    var table = Report.Table(
      columns: [
        .number("pairs"), .number("crosses"), .number("\(base.design.control), all"),
        .number("\(base.design.treatment), all"), .number("gap, all"), .number("gap, shown"),
        .number("CTR, true"),
        .number("regret", help: "the share of clicks the treatment leaves to who knows the truth"),
      ])
    for point in points {
      table.add([
        .number(point.settings.pairEffect, digits: 1), .count(point.design.crosses),
        .number(point.control.auc.uniform, digits: 4),
        .number(point.treatment.auc.uniform, digits: 4),
        .number(point.gap { $0.uniform }, digits: 4), .number(point.gap { $0.shown }, digits: 4),
        .lift(point.ctr.truth), .percent(point.treatment.regret, digits: 1),
      ])
    }
    return table
  }

  private func liftChart(_ crosses: Int) -> Report.Chart {
    let those = points(crosses: crosses)
    let measured = those.filter { $0.ctr.estimate != nil }
    return .lines(
      LineChart(
        title: crosses == 0 ? "CTR lift, no crosses" : "CTR lift over \(crosses) crosses",
        x: Axis("deviation of pair effects"), y: Axis("lift, %"),
        series: [
          LineChart.Series(
            "true", those.map { ($0.settings.pairEffect, 100 * $0.ctr.truth) }, style: .both),
          LineChart.Series(
            "measured", measured.map { ($0.settings.pairEffect, 100 * $0.ctr.estimate!) },
            style: .dots, deviations: measured.map { 100 * ($0.ctr.upper! - $0.ctr.estimate!) }),
          LineChart.Series(
            "oracle", those.map { ($0.settings.pairEffect, 100 * $0.oracleLift) }),
        ]))
  }

  private var gapChart: Report.Chart {
    func series(_ name: String, _ log: @escaping (OfflineAUC) -> Double?) -> LineChart.Series {
      let those = points.compactMap { point in
        point.gap(log).map { (x: $0, y: 100 * point.ctr.truth) }
      }
      return LineChart.Series(name, those, style: .dots)
    }
    return .lines(
      LineChart(
        title: "True CTR lift by the AUC's gap", x: Axis("gap"), y: Axis("lift, %"),
        series: [series("all", { $0.uniform }), series("shown", { $0.shown })]))
  }
}
