import Features
import Foundation
import Reports

extension LogInspection {
  /// The inspection as a document.
  /// - Parameter name: what was inspected.
  package func report(of name: String) -> Report {
    let rows = parts.reduce(0) { $0 + $1.rows }
    var report = Report(
      title: "Inspection of \(name)", subtitle: "\(rows) rows, \(fields.count) fields")
    report.lead = [.table(partTable), .list(findings.map { Report.Text($0) })]
    let shares =
      [bars("Rows without a value", "% of rows", missingShares)]
      + parts.indices.map { part in
        bars(
          part == 0 ? "Values too rare to be learned" : "Values of \(parts[part].name) not learned",
          "% of values", fields.map { ($0.name, $0.parts[part].unknownShare) })
      }
    report.add("Fields", [.table(fieldTable), .charts(shares.compactMap { $0 })])
    report.add(
      "Over time",
      [
        .paragraph(
          periodSeconds == nil
            ? "The log has no time: from left to right are the rows of each part in their order."
            : "Times are UTC; a point is \(periodName)."),
        .charts(overTime),
      ])
    report.add(
      "Frequent values",
      fields.filter { !$0.top.isEmpty && $0.top[0].name != "a number" }.map {
        .details("\($0.name)", [.table(topTable($0))])
      })
    if !notes.isEmpty { report.add("Assumed", [.list(notes.map { Report.Text($0) })]) }
    return report
  }

  private var overTime: [Report.Chart] {
    var charts = [
      lines("Click rate", "% of rows") { $0.rows > 0 && hasClicks ? 100 * $0.clickRate : nil }
    ]
    // Stretches of a log without time have as many rows each.
    if periodSeconds != nil { charts.append(lines("Rows", "rows") { Double($0.rows) }) }
    return charts + [
      lines("Values seen for the first time", "% of values", parts.prefix(1)) {
        $0.values > 0 ? 100 * Double($0.new) / Double($0.values) : nil
      },
      lines("Values out of vocabulary", "% of values") {
        $0.values > 0 ? 100 * Double($0.unknown) / Double($0.values) : nil
      },
    ]
  }

  private var hasClicks: Bool { parts.contains { $0.clicks != nil } }

  private var periodName: String {
    switch periodSeconds {
    case 3_600: "an hour"
    case 86_400: "a day"
    default: "\((periodSeconds ?? 0) / 86_400) days"
    }
  }

  private var missingShares: [(String, Double)] {
    let rows = Double(max(parts[0].rows, 1))
    return fields.map { ($0.name, Double($0.parts[0].missing) / rows) }
  }

  private var partTable: Report.Table {
    var table = Report.Table(
      columns: [
        .text("part"), .number("rows"), .number("clicks"), .number("click rate"),
        .number("out of vocabulary", help: "share of all values"),
      ])
    for (index, part) in parts.enumerated() {
      let values = fields.reduce(0) { $0 + $1.parts[index].values }
      let unknown = fields.reduce(0) { $0 + $1.parts[index].unknown }
      table.add([
        .text(Report.Text(part.name)), .count(part.rows), .count(part.clicks),
        .percent(part.clicks.map { Double($0) / Double(max(part.rows, 1)) }, digits: 2),
        .percent(values == 0 ? nil : Double(unknown) / Double(values), digits: 2),
      ])
    }
    return table
  }

  private var fieldTable: Report.Table {
    let others = parts.dropFirst().map { part in
      Report.Table.Column.number(
        "unseen in \(part.name)", help: "share of its values that are out of vocabulary")
    }
    var table = Report.Table(
      columns: [
        .text("field"), .text("encoding"), .number("values", help: "different values counted"),
        .number("kept", help: "values with a row of their own"), .number("missing"),
        .number("rare", help: "share of \(parts[0].name)'s values that are out of vocabulary"),
      ] + others)
    for field in fields {
      let first = field.parts[0]
      table.add(
        [
          .text(Report.Text(field.name)),
          .text(Report.Text(field.encoding.rawValue)), .count(field.distinct),
          .count(field.vocabulary),
          .percent(Double(first.missing) / Double(max(parts[0].rows, 1)), digits: 1),
          .percent(field.vocabulary == nil ? nil : first.unknownShare, digits: 1),
        ]
          + field.parts.dropFirst().map {
            .percent(field.vocabulary == nil ? nil : $0.unknownShare, digits: 1)
          })
    }
    return table
  }

  private func topTable(_ field: Field) -> Report.Table {
    var table = Report.Table(
      columns: [.text("value"), .number("rows"), .number("share"), .number("click rate")])
    for value in field.top {
      table.add([
        .text(Report.Text(value.name)), .count(value.count),
        .percent(Double(value.count) / Double(max(field.parts[0].values, 1)), digits: 1),
        .percent(
          parts[0].clicks == nil ? nil : Double(value.clicks) / Double(value.count), digits: 1),
      ])
    }
    return table
  }

  /// The twenty largest shares, in percent; nil where all are 0.
  private func bars(_ title: String, _ axis: String, _ shares: [(String, Double)]) -> Report.Chart?
  {
    let largest = shares.enumerated().sorted {
      ($0.element.1, $1.offset) > ($1.element.1, $0.offset)
    }
    .prefix(20).map(\.element).filter { $0.1 > 0 }
    guard !largest.isEmpty else { return nil }
    return .bars(
      BarChart(
        title: title, value: Axis(axis), categories: largest.map(\.0),
        series: [.init(axis, largest.map { 100 * $0.1 })]))
  }

  private func lines(
    _ title: String, _ axis: String, _ shown: ArraySlice<Part>? = nil,
    _ value: (Period) -> Double?
  ) -> Report.Chart {
    let first = parts.flatMap(\.periods).map(\.start).min() ?? 0
    let label =
      periodSeconds.map { "\($0 < 86_400 ? "hours" : "days") since \(Self.date(first))" }
      ?? "% of the part's rows"
    let series = (shown ?? parts[...]).map { part in
      // Without times parts of different lengths are held side by side.
      let unit =
        periodSeconds.map { Double($0 < 86_400 ? 3_600 : 86_400) } ?? Double(part.rows) / 100
      return LineChart.Series(
        part.name,
        part.periods.compactMap { period in
          value(period).map { (x: Double(period.start - first) / unit, y: $0) }
        }, style: part.periods.count < 40 ? .both : .line)
    }
    return .lines(LineChart(title: title, x: Axis(label), y: Axis(axis), series: series))
  }

  private static func date(_ seconds: Int64) -> String {
    let style = Date.ISO8601FormatStyle().year().month().day()
    return Date(timeIntervalSince1970: Double(seconds)).formatted(style)
  }
}

extension LogInspection.Coverage {
  /// The share of values that were out of vocabulary.
  package var unknownShare: Double { Double(unknown) / Double(max(values, 1)) }
}

extension LogInspection.Period {
  var clickRate: Double { Double(clicks) / Double(max(rows, 1)) }
}
