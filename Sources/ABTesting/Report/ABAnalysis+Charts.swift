import Reports

extension ABAnalysis {
  /// The lift of each metric and arm with its interval.
  var liftChart: Report.Chart? {
    let lifts = metrics.flatMap { metric in
      metric.comparisons.compactMap { comparison in
        comparison.contrast?.lift.map {
          (name: "\(metric.metric.name), \(comparison.arm)", lift: $0)
        }
      }
    }
    guard !lifts.isEmpty else { return nil }
    return .bars(
      BarChart(
        title: "Lift over \(arms[0].name), with \(Numbers.percent(1 - test.alpha, 0)) intervals",
        value: Axis("lift, %"), categories: lifts.map(\.name),
        series: [
          .init(
            "lift", lifts.map { 100 * $0.lift.value },
            deviations: lifts.map { 100 * ($0.lift.upper - $0.lift.value) })
        ], baseline: 0, style: .dots))
  }

  /// Of each metric the lift of each day, and of all days so far.
  var dayCharts: [Report.Chart] {
    metrics.flatMap { metric -> [Report.Chart] in
      guard let days = metric.comparisons.first?.days, days.count > 1 else { return [] }
      func chart(
        _ title: String, _ lift: (Day) -> Estimate?
      ) -> Report.Chart {
        .lines(
          LineChart(
            title: title, x: Axis("day", scale: .categories(days.map(\.date))),
            y: Axis("lift, %"),
            series: metric.comparisons.map { comparison in
              let points = comparison.days.enumerated().compactMap { index, day in
                lift(day).map { (x: Double(index), lift: $0) }
              }
              return LineChart.Series(
                comparison.arm, points.map { ($0.x, 100 * $0.lift.value) }, style: .both,
                deviations: points.map { 100 * ($0.lift.upper - $0.lift.value) })
            }))
      }
      return [
        chart("\(metric.metric.name): each day alone") { $0.own?.lift },
        chart("\(metric.metric.name): up to a day, at all looks") { $0.sequence?.lift },
      ]
    }
  }
}

extension AACheck {
  /// What came of it.
  package var table: Report.Table {
    var table = Report.Table(
      columns: [
        .text("metric"), .text("test"), .number("alarms"), .number("share"), .text("sound"),
      ])
    for metric in metrics {
      let all: [(String, Alarms?)] = [
        ("by units, at the end", metric.units), ("sequences, at each day's end", metric.sequence),
        ("by units, at each day's end", metric.peeking), ("by rows, at the end", metric.rows),
      ]
      for (name, alarms) in all {
        guard let alarms else { continue }
        table.add([
          .text(Report.Text(metric.name)), .text(Report.Text(name)), .count(alarms.count),
          .percent(Double(alarms.count) / Double(repetitions), digits: 1),
          .text(alarms.isSound ? "yes" : "no").emphasized(!alarms.isSound),
        ])
      }
    }
    return table
  }

  func blocks(alpha: Double) -> [Report.Block] {
    [
      .paragraph(
        """
        The units of this log were dealt to two arms anew \(count: repetitions) times, whatever arm they \
        had: every alarm is a false one. At \(Numbers.percent(alpha, 0)) there may be \
        \(count: expected.lowerBound) to \(count: expected.upperBound) (with a confidence of 99 %); \
        sequences may raise fewer. Tests that are not sound are shown for what they would do, and decide \
        nothing here.
        """), .table(table),
    ]
  }
}
