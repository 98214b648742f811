import Reports

extension MetricPlan {
  /// What each length of the test could show.
  package var table: Report.Table {
    var table = Report.Table(
      columns: [
        .number("days"), .number("units"), .number(metric.denominator ?? "rows"),
        .number(metric.name), .number("design effect"), .number("could show"),
      ])
    for length in lengths {
      table.add([
        .count(length.days), .count(length.units),
        metric.kind == .ratio ? .count(length.rows) : "–",
        .text(Report.Text(length.value.isFinite ? Words.value(length.value, metric) : "–")),
        .number(length.designEffect, digits: 2), .percent(length.detectableLift, digits: 2),
      ])
    }
    return table
  }

  /// How long the test has to be.
  package var sentence: Report.Text {
    let wanted = Words.lift(lift)
    guard let daysNeeded, daysNeeded.isFinite else {
      return "\(strong: metric.name): the log has nothing to divide by."
    }
    guard isBeyondLog else {
      return "\(strong: metric.name): a lift of \(wanted) takes \(count: Int(daysNeeded)) days."
    }
    return """
      \(strong: metric.name): a lift of \(wanted) takes more than the log's \(count: lengths.count) days, about \
      \(count: Int(daysNeeded.rounded(.up))) if it gets easier as it did.
      """
  }
}
