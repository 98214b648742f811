import Reports

extension ABAnalysis {
  /// The analysis as a document.
  /// - Parameter name: what was analyzed.
  package func report(of name: String) -> Report {
    var report = Report(
      title: "A/B test: \(name)",
      subtitle:
        "\(Numbers.grouped(rows)) rows of \(Numbers.grouped(units)) units in \(arms.count) arms")
    report.lead = [.list(conclusions)]
    if !cautions.isEmpty { report.add("What this does not say", [.list(cautions)]) }
    report.add("The split", [.table(armTable), .paragraph(splitWords)])
    // A broken split gets no numbers to look at: they would be believed.
    guard !isBroken else { return report }
    report.add("Metrics", [.table(metricTable), .charts([liftChart].compactMap { $0 })])
    let days = dayCharts
    if !days.isEmpty {
      report.add(
        "Day by day",
        [
          .paragraph(
            """
            On the left each day alone, on the right all up to a day, with what holds at all looks \
            together: a sequence that leaves 0 has found something, whenever it is looked at.
            """), .charts(days),
        ])
    }
    if !segmentRows.isEmpty { report.add("Segments", [.table(segmentTable)]) }
    if let aa { report.add("False alarms", aa.blocks(alpha: test.alpha)) }
    report.add("How it was worked out", [.details("Methods", [.list(methods)])])
    return report
  }

  package var armTable: Report.Table {
    var table = Report.Table(
      columns: [
        .text("arm"), .number("units"), .number("share"), .number("meant"), .number("rows"),
        .number("rows a unit"),
      ])
    for arm in arms {
      table.add([
        .text(Report.Text(arm.name)), .count(arm.units),
        .percent(Double(arm.units) / Double(max(units, 1)), digits: 2),
        .percent(arm.share, digits: 2), .count(arm.rows),
        .number(Double(arm.rows) / Double(max(arm.units, 1)), digits: 2),
      ])
    }
    return table
  }

  private var splitWords: Report.Text {
    let verdict =
      ratio.isAlarming
      ? "too uneven to be chance: an alarm"
      : ratio.p < test.alpha
        ? "more uneven than chance makes it as a rule, and no alarm" : "as even as chance makes it"
    return """
      The split is \(verdict) (χ² \(Numbers.fixed(ratio.chiSquare, 2)), p \(Words.p(ratio.p)); the alarm is \
      below \(SampleRatio.level)). \(count: mixed) units are in several arms, \(count: outside) rows in none.
      """
  }

  package var metricTable: Report.Table {
    var table = Report.Table(
      columns: [
        .text("metric"), .text("arm"), .number("value"), .number("lift"),
        .text("interval", help: "of the lift, by a single look"), .number("p", help: "corrected"),
        .text("at all looks", help: "an interval of the lift that holds whenever somebody looks"),
        .number("could show", help: "the lift that so many units show with a chance of 80 %"),
        .number(
          "design effect", help: "how much less evidence rows are than if they were independent"),
        .text("verdict"),
      ])
    for metric in metrics {
      for (index, arm) in arms.enumerated() {
        let value = metric.arms[index].map { Words.value($0.value, metric.metric) } ?? "–"
        guard index > 0 else {
          table.add(
            [
              .text(Report.Text(metric.metric.name)), .text(Report.Text(arm.name)),
              .text(Report.Text(value), sortedBy: metric.arms[index]?.value),
            ] + Array(repeating: "", count: 7))
          continue
        }
        let comparison = metric.comparisons[index - 1]
        let lift = comparison.contrast?.lift
        table.add([
          .text(Report.Text(metric.metric.name)), .text(Report.Text(arm.name)),
          .text(Report.Text(value), sortedBy: metric.arms[index]?.value),
          .text(Report.Text(lift.map { Words.lift($0.value) } ?? "–"), sortedBy: lift?.value),
          .interval(lift),
          .text(Report.Text(comparison.p.map(Words.p) ?? "–"), sortedBy: comparison.p),
          .interval(comparison.sequence?.lift),
          .percent(comparison.detectableLift, digits: 1),
          .number(comparison.designEffect, digits: 2),
          .text(Report.Text(comparison.verdict.word)).emphasized(
            comparison.verdict == .better || comparison.verdict == .worse),
        ])
      }
    }
    return table
  }

  private var segmentRows: [(Metric, Comparison, Segment)] {
    metrics.flatMap { metric in
      metric.comparisons.flatMap { comparison in
        comparison.segments.map { (metric.metric, comparison, $0) }
      }
    }
  }

  private var segmentTable: Report.Table {
    var table = Report.Table(
      columns: [
        .text("metric"), .text("arm"), .text("segment"), .number("units"), .number("lift"),
        .text("interval", help: "not corrected"),
        .number("p", help: "corrected over the segments of all metrics and arms together"),
      ])
    for (metric, comparison, segment) in segmentRows {
      let lift = segment.contrast?.lift
      table.add([
        .text(Report.Text(metric.name)), .text(Report.Text(comparison.arm)),
        .text("\(segment.column): \(segment.value)"), .count(segment.contrast?.units),
        .text(Report.Text(lift.map { Words.lift($0.value) } ?? "–"), sortedBy: lift?.value),
        .interval(lift),
        .text(Report.Text(segment.p.map(Words.p) ?? "–"), sortedBy: segment.p),
      ])
    }
    return table
  }

  private var methods: [Report.Text] {
    var methods: [Report.Text] = [
      "Units are what was assigned; each is one observation, whatever its number of rows. Ratios and lifts have their variance by the delta method; p-values are of Welch's t-test.",
      "At all looks: asymptotic confidence sequences, tightest at \(count: test.tuning) units.",
      "Sample ratio: χ² test of units against the shares that were meant, an alarm below \(SampleRatio.level).",
    ]
    switch test.correction {
    case .holm: methods.append("p-values are corrected over metrics and arms by Holm's method.")
    case .benjaminiHochberg:
      methods.append(
        "p-values are corrected over metrics and arms by Benjamini's and Hochberg's method.")
    case .none: methods.append("p-values are not corrected for the number of metrics and arms.")
    }
    for metric in metrics {
      if let cap = metric.cap {
        methods.append(
          "\(metric.metric.name): sums of a unit are cut at \(Numbers.significant(cap)).")
      }
      if let covariate = metric.covariate {
        methods.append(
          """
          \(metric.metric.name): adjusted by what units were before the test (CUPED), which leaves \
          \(Numbers.percent(covariate.varianceRatio, 1)) of the variance.
          """)
      }
    }
    if let known {
      methods.append("\(count: known) of \(count: units) units have rows from before the test.")
    }
    return methods
  }
}

extension ABAnalysis.Verdict {
  /// In a word or two.
  package var word: String {
    switch self {
    case .broken: "broken split"
    case .early: "too early"
    case .better: "better"
    case .worse: "worse"
    case .same: "no difference that matters"
    case .unclear: "not known"
    case .empty: "nothing to compare"
    }
  }
}
