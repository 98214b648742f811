import Reports
import Statistics
import Training

extension DayResult {
  /// The days as a document.
  package var report: Report {
    var report = Report(
      title: "Training day by day",
      subtitle:
        "\(days.count) days from \(days.first ?? "–") to \(days.last ?? "–"); the first model saw "
        + "\(Words.count(firstDays, "day")); \(backend)")
    report.lead = [.list(conclusions)]
    report.add(
      "How the next day was predicted",
      [
        .list(strategies.map { "\(code: $0.rawValue): \($0.title)" }),
        .charts([aucChart, gainChart, logLossChart, calibrationChart]), .table(summaryTable),
      ])
    report.add("What it cost", [.charts([costChart, idChart, unknownChart])])
    report.add("Every day", [.table(dayTable)])
    report.add(
      "Reproduce",
      [
        .commands(Words.command(command)),
        .details(
          "Every setting", [.commands(configuration.split(separator: "\n").map(String.init))]),
      ])
    return report
  }

  private var conclusions: [Report.Text] {
    let summaries = summaries
    guard !summaries.isEmpty else { return ["No day was judged."] }
    var points: [Report.Text] = []
    if let best = summaries.filter({ $0.auc != nil }).max(by: { $0.auc!.mean < $1.auc!.mean }),
      let auc = best.auc
    {
      points.append(
        "The next day was predicted best by \(strong: best.strategy.title): AUC "
          + "\(Numbers.fixed(auc.mean, 5)) on average over \(Words.count(auc.count, "day")).")
    }
    for summary in summaries {
      guard let gain = summary.aucGain else { continue }
      var text: Report.Text =
        "\(strong: summary.strategy.rawValue): AUC \(Self.signed(gain.difference.mean)) against "
        + "training from scratch on all days"
      if let p = gain.p { text = text + " (\(Words.pPhrase(p)))" }
      if summary.seconds > 0, let share = summary.costShare {
        text = text + ", at \(Numbers.percent(share, share < 0.1 ? 1 : 0)) of its time"
      }
      points.append(text + ".")
    }
    return points
  }

  private static func signed(_ value: Double) -> String {
    (value > 0 ? "+" : "") + Numbers.fixed(value, 5)
  }

  private var dayAxis: Axis { Axis("days trained on", isWhole: true) }

  /// A series for each strategy, by how many days it has seen.
  private func chart(
    _ title: String, _ axis: Axis, skips skipped: Set<DayStrategy> = [],
    _ value: (Row) -> Double?
  ) -> Report.Chart {
    let series = strategies.filter { !skipped.contains($0) }.map { strategy in
      LineChart.Series(
        strategy.rawValue,
        rows(of: strategy).compactMap { row in value(row).map { (Double(row.day + 1), $0) } },
        style: .both)
    }
    return .lines(
      LineChart(title: title, x: dayAxis, y: axis, series: series.filter { !$0.points.isEmpty }))
  }

  private var aucChart: Report.Chart { chart("AUC of the next day", Axis("AUC"), \.evaluation.auc) }

  private var gainChart: Report.Chart {
    let full = Dictionary(rows(of: .full).map { ($0.day, $0) }) { first, _ in first }
    return chart("AUC less that from scratch", Axis("difference")) { row in
      guard let mine = row.evaluation.auc, let other = full[row.day]?.evaluation.auc else {
        return nil
      }
      return mine - other
    }
  }

  private var logLossChart: Report.Chart {
    chart("LogLoss of the next day", Axis("LogLoss"), \.evaluation.logLoss)
  }

  private var calibrationChart: Report.Chart {
    chart("Calibration of the next day", Axis("predicted / clicked"), \.evaluation.calibration)
  }

  private var costChart: Report.Chart {
    var sums: [DayStrategy: Double] = [:]
    return chart("Time so far", Axis("seconds"), skips: [.once]) { row in
      sums[row.strategy, default: 0] += row.seconds
      return sums[row.strategy]
    }
  }

  private var idChart: Report.Chart {
    chart("Features the model knows", Axis("features")) { Double($0.features) }
  }

  private var unknownChart: Report.Chart {
    chart("Values of the next day that it does not know", Axis("% of values")) {
      100 * $0.unknownShare
    }
  }

  private var summaryTable: Report.Table {
    var table = Report.Table(
      columns: [
        .text("way"), .number("AUC", help: "of each next day, averaged"),
        .number("against full", help: "mean ± standard deviation of the daily differences"),
        .number("p", help: "paired t-test over days"), .number("LogLoss"),
        .number("calibration", help: "predicted clicks divided by clicks"),
        .number("time", help: "reading, encoding and training, all days"),
        .number("of full's"), .number("rows × epochs"), .number("features"),
        .number("unknown values"),
      ])
    for summary in summaries {
      table.add([
        "\(code: summary.strategy.rawValue)", .number(summary.auc?.mean, digits: 5),
        Words.cell(summary.aucGain?.difference, digits: 5),
        summary.aucGain?.p.map { .text(Report.Text(Words.p($0)), sortedBy: $0) } ?? "–",
        .number(summary.logLoss?.mean, digits: 5),
        .number(summary.calibration?.mean, digits: 4),
        .text(Report.Text(Numbers.duration(summary.seconds)), sortedBy: summary.seconds),
        .percent(summary.costShare, digits: 1), .count(summary.rowsTrained),
        .count(summary.features), .percent(summary.unknownShare, digits: 2),
      ])
    }
    return table
  }

  private var dayTable: Report.Table {
    var table = Report.Table(
      columns: [
        .text("trained up to"), .text("judged on"), .text("way"), .number("rows judged"),
        .number("AUC"), .number("LogLoss"), .number("calibration"), .number("time"),
        .number("rows trained"), .number("epochs"), .number("features"), .number("new ids"),
        .number("expired"), .number("age of ids", help: "mean, in days since they got rows"),
        .number("unknown values"),
      ])
    for row in rows {
      table.add([
        .text(Report.Text(days[row.day]), sortedBy: Double(row.day)),
        .text(Report.Text(days[row.day + 1]), sortedBy: Double(row.day + 1)),
        "\(code: row.strategy.rawValue)", .count(row.evaluation.rows),
        .number(row.evaluation.auc, digits: 5), .number(row.evaluation.logLoss, digits: 5),
        .number(row.evaluation.calibration, digits: 4),
        .text(Report.Text(Numbers.duration(row.seconds)), sortedBy: row.seconds),
        .count(row.trainingRows), .count(row.epochs), .count(row.features), .count(row.admitted),
        .count(row.expired), .number(row.meanAge, digits: 1),
        .percent(row.unknownShare, digits: 2),
      ])
    }
    return table
  }
}
