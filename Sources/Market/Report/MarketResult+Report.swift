import ABTesting
import Reports

extension MarketResult {
  /// The experiment as a document.
  package var report: Report {
    var report = Report(
      title: "\(design.treatment) against \(design.control), in a market whose truth is known",
      subtitle:
        "\(Numbers.grouped(settings.users)) users, \(design.aaDays) days of A/A, \(design.abDays) of A/B, "
        + "pair effects of \(Numbers.trimmed(settings.pairEffect, 2))")
    report.lead = [.list(conclusions)]
    report.add(
      "What was true, and what was measured",
      [.table(liftTable), .table(policyTable), .charts(dayCharts)])
    if let aa {
      report.add("The control against itself", [.table(aa.metricTable)])
      if let check = aa.aa {
        report.add("False alarms where there is nothing to find", Self.alarmBlocks(check))
      }
    }
    report.add(
      "The test, as its analysis tells it", [.list(ab.conclusions), .table(ab.metricTable)])
    return report
  }

  private var conclusions: [Report.Text] {
    let summary = MarketSummary(self)
    return [
      Self.sentence("CTR", summary.ctr, design), Self.sentence("CVR", summary.cvr, design),
      """
      Who knows the truth gets \(Words.lift(oracleLift)) more clicks than \(design.control), which leaves \
      \(Numbers.percent(summary.control.regret, 1)) of them; \(design.treatment) leaves \
      \(Numbers.percent(summary.treatment.regret, 1)).
      """,
      """
      Offline the treatment's AUC is \(signed(summary.gap { $0.uniform })) above the control's where every \
      candidate was looked at, and \(signed(summary.gap { $0.shown })) on what the control showed.
      """,
    ]
  }

  private func signed(_ value: Double?) -> String {
    value.map { ($0 > 0 ? "+" : "") + Numbers.fixed($0, 4) } ?? "–"
  }

  static func sentence(
    _ metric: String, _ lift: MarketSummary.Lift, _ design: MarketDesign
  ) -> Report.Text {
    guard let estimate = lift.estimate, let lower = lift.lower, let upper = lift.upper else {
      return "\(strong: metric): nothing could be measured."
    }
    let holds = lift.isCovered ?? false ? "holds" : "does not hold"
    return """
      \(strong: "\(metric): \(design.treatment) is \(Words.lift(lift.truth)) on \(design.control) in truth"); \
      the test says \(Words.lift(estimate)), \(Words.interval(lower, upper)), which \(holds) it.
      """
  }

  /// The lifts with what was true of them.
  package var liftTable: Report.Table {
    var table = Report.Table(
      columns: [
        .text("metric"), .number("true lift", help: "were every request answered by each model"),
        .number("measured"), .text("95 % interval"), .number("p"), .text("holds the truth"),
      ])
    let summary = MarketSummary(self)
    for (name, lift) in [("CTR", summary.ctr), ("CVR", summary.cvr)] {
      table.add([
        .text(Report.Text(name)), .lift(lift.truth), .lift(lift.estimate), .interval(lift),
        .text(Report.Text(lift.p.map(Words.p) ?? "–"), sortedBy: lift.p),
        .text(Report.Text(lift.isCovered.map { $0 ? "yes" : "no" } ?? "–")),
      ])
    }
    return table
  }

  /// What each policy earns in the test, were all requests its own.
  package var policyTable: Report.Table {
    let summary = MarketSummary(self)
    var table = Report.Table(
      columns: [
        .text("policy"), .number("CTR"), .number("CVR"),
        .number("regret", help: "the share of clicks left to who knows the truth"),
        .number("new items", help: "the share of impressions of items of today or yesterday"),
        .number("AUC, all", help: "of all candidates, each looked at"),
        .number("AUC, shown", help: "of what the control showed"),
      ])
    for (name, policy) in [
      ("random", summary.random), (design.control, summary.control),
      (design.treatment, summary.treatment), ("oracle", summary.oracle),
    ] {
      table.add([
        .text(Report.Text(name)), .percent(policy.clickRate, digits: 2),
        .percent(policy.orderRate, digits: 2), .percent(policy.regret, digits: 1),
        .percent(policy.fresh, digits: 1), .number(policy.auc.uniform, digits: 4),
        .number(policy.auc.shown, digits: 4),
      ])
    }
    return table
  }

  private var dayCharts: [Report.Chart] {
    [.lines(MarketSummary(self).dayChart("CTR lift day by day"))]
  }

  /// What came of dealing the users of the A/A test anew.
  static func alarmBlocks(_ check: AACheck) -> [Report.Block] {
    [
      .paragraph(
        """
        The users of the A/A test were dealt to two arms anew \(count: check.repetitions) times: every alarm is a \
        false one, and at 5 % there may be \(count: check.expected.lowerBound) to \
        \(count: check.expected.upperBound). A test by rows takes each impression for a user of its own; looking \
        each day, and stopping at the first alarm, is what an impatient reader does.
        """), .table(check.table),
    ]
  }
}

extension MarketSummary {
  /// The true lift of each day beside the one that this day's rows show.
  func dayChart(_ title: String) -> LineChart {
    let measured = days.enumerated().compactMap { index, day in
      day.estimate.map { (x: Double(index), estimate: $0) }
    }
    return LineChart(
      title: title, x: Axis("day", scale: .categories(days.map { "\($0.day)" })),
      y: Axis("lift, %"),
      series: [
        LineChart.Series(
          "true", days.enumerated().map { (Double($0.offset), 100 * $0.element.truth) },
          style: .both),
        LineChart.Series(
          "measured", measured.map { ($0.x, 100 * $0.estimate.value) }, style: .dots,
          deviations: measured.map { 100 * ($0.estimate.upper - $0.estimate.value) }),
      ])
  }
}

extension Report.Table.Cell {
  static func lift(_ value: Double?) -> Self {
    .text(Report.Text(value.map { Words.lift($0) } ?? "–"), sortedBy: value)
  }

  static func interval(_ lift: MarketSummary.Lift) -> Self {
    guard let lower = lift.lower, let upper = lift.upper else { return "–" }
    return .text(Report.Text(Words.interval(lower, upper)), sortedBy: lower)
  }
}
