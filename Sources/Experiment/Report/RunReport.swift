import Reports
import Training

/// The report of a single training run.
package enum RunReport {
  /// A run's folder as a document.
  ///
  /// - Parameter command: the words of the command that made it; nil where they are not known.
  /// - Throws: `UserError` where the folder holds no whole run.
  package static func make(folder: String, command: [String]? = nil) throws -> Report {
    let summary = try RunFolder.summary(in: folder)
    let configuration = try RunFolder.configuration(in: folder)
    let history = try RunFolder.history(in: folder)
    let curves = try RunFolder.curves(in: folder)
    var report = Report(title: "A training of \(summary.model)", subtitle: summary.backend)
    report.lead = [.list(conclusions(summary, history))]
    report.add("Quality", [.table(qualityTable(summary))])
    report.add("Training", trainingBlocks(summary, history))
    if let curves {
      report.add("Test rows", [.charts(curveCharts(curves, name: summary.model))])
    }
    var source: [Report.Block] = command.map { [.commands(Words.command($0))] } ?? []
    source.append(
      .details(
        "Every setting",
        [.commands(configuration.yaml.split(separator: "\n").map(String.init))]))
    report.add("Reproduce", source)
    return report
  }

  private static func conclusions(_ run: RunSummary, _ history: [RunEpoch]) -> [Report.Text] {
    var points: [Report.Text] = []
    if let judged = run.test ?? run.validation {
      let rows = run.test == nil ? "validation rows, which also chose the epoch" : "test rows"
      if let auc = judged.auc {
        points.append(
          "A click scores above a non-click with probability \(strong: Numbers.fixed(auc, 4)) (AUC, "
            + "\(count: judged.rows) \(rows)).")
      }
      if let entropy = judged.normalizedEntropy {
        let share = Numbers.fixed(100 * abs(1 - entropy), 1)
        points.append(
          entropy < 1
            ? "It leaves \(share) % less uncertainty about a click than the average click rate does."
            : "Always predicting the average click rate would be \(share) % better.")
      }
      if let calibration = judged.calibration {
        let share = Numbers.fixed(100 * abs(calibration - 1), 1)
        points.append(
          "It promises \(share) % \(calibration > 1 ? "more" : "fewer") clicks than there were.")
      }
      if let reason = judged.undefined { points.append("Not all can be measured: \(reason).") }
    }
    let own = history.filter { $0.model == run.model }
    if let best = run.bestEpoch {
      points.append("The weights of epoch \(best) of \(own.count) were kept; \(run.stopped).")
      if best == own.count && run.stopped == "all epochs made" {
        points.append("It was still getting better at the last epoch: more epochs may help.")
      }
    }
    return points
  }

  private static func qualityTable(_ run: RunSummary) -> Report.Table {
    var table = Report.Table(
      columns: [
        .text("rows of"), .number("rows"), .number("AUC", help: "area under the ROC curve"),
        .number("LogLoss", help: "mean cross-entropy"),
        .number("NE", help: "LogLoss divided by that of the average click rate"),
        .number("PR-AUC", help: "average precision"),
        .number("calibration", help: "predicted clicks divided by clicks"),
        .number("AUC within groups"),
      ])
    let judged = [
      ("training, by the model before", run.before), ("validation", run.validation),
      ("test", run.test),
    ]
    for (name, found) in judged {
      guard let found else { continue }
      table.add([
        "\(name)", .count(found.rows), .number(found.auc, digits: 5),
        .number(found.logLoss, digits: 5), .number(found.normalizedEntropy, digits: 4),
        .number(found.averagePrecision, digits: 5), .number(found.calibration, digits: 4),
        .number(found.groupedAUC?.value, digits: 5),
      ])
    }
    return table
  }

  private static func trainingBlocks(
    _ run: RunSummary, _ history: [RunEpoch]
  ) -> [Report.Block] {
    let own = history.filter { $0.model == run.model }
    var words: Report.Text =
      """
      \(count: run.parameters) parameters; \(Numbers.rate(run.samplesPerSecond)) samples/s; training alone took \
      \(Numbers.duration(run.trainingSeconds)), \(Numbers.duration(run.trainingSecondsToBest)) up to the \
      best epoch.
      """
    if let seconds = run.pretrainingTrainingSeconds, let epochs = run.pretrainingEpochs {
      words = words + " Pre-training took \(Numbers.duration(seconds)) more, \(epochs) epochs."
    }
    func chart(_ title: String, _ y: String, _ value: (RunEpoch) -> Double?) -> Report.Chart {
      .lines(
        LineChart(
          title: title, x: Axis("epoch", isWhole: true), y: Axis(y),
          series: [
            .init(
              run.model, own.compactMap { one in value(one).map { (Double(one.epoch), $0) } },
              style: .both)
          ]))
    }
    var loss = LineChart(
      title: "Loss", x: Axis("epoch", isWhole: true), y: Axis("LogLoss"),
      series: [.init("training", own.map { (Double($0.epoch), $0.trainingLoss) }, style: .both)])
    let validated = own.compactMap { one in one.logLoss.map { (Double(one.epoch), $0) } }
    if !validated.isEmpty { loss.series.append(.init("validation", validated, style: .both)) }
    var charts: [Report.Chart] = [.lines(loss)]
    if own.contains(where: { $0.auc != nil }) {
      charts.insert(chart("Validation AUC", "AUC", \.auc), at: 0)
    }
    var table = Report.Table(
      columns: [
        .text("of"), .number("epoch"), .number("training loss"), .number("validation AUC"),
        .number("validation LogLoss"), .number("learning rate"), .number("seconds"),
      ])
    for epoch in history {
      table.add([
        "\(epoch.model)", .count(epoch.epoch), .number(epoch.trainingLoss, digits: 5),
        .number(epoch.auc, digits: 5).emphasized(epoch.improved),
        .number(epoch.logLoss, digits: 5),
        .text("\(epoch.learningRate)", sortedBy: epoch.learningRate),
        .number(epoch.seconds, digits: 2),
      ])
    }
    return [.paragraph(words), .charts(charts), .details("Every epoch", [.table(table)])]
  }

  private static func curveCharts(_ curves: EvaluationCurves, name: String) -> [Report.Chart] {
    curveCharts(
      roc: [.init(name, curves.roc.map { ($0.falsePositives, $0.truePositives) })],
      reliability: [
        .init(name, curves.reliability.map { ($0.predicted, $0.clicked) }, style: .both)
      ])
  }

  /// ROC and reliability, each with its diagonal; nothing for no curves.
  static func curveCharts(
    roc: [LineChart.Series], reliability: [LineChart.Series]
  ) -> [Report.Chart] {
    var charts: [Report.Chart] = []
    if roc.contains(where: { !$0.points.isEmpty }) {
      charts.append(
        .lines(
          LineChart(
            title: "ROC", x: Axis("share of non-clicks above the threshold", range: 0...1),
            y: Axis("share of clicks above it", range: 0...1), series: roc, shape: .square,
            diagonal: true)))
    }
    if reliability.contains(where: { !$0.points.isEmpty }) {
      charts.append(
        .lines(
          LineChart(
            title: "Reliability", x: Axis("predicted probability", range: 0...1),
            y: Axis("share of clicks", range: 0...1), series: reliability, shape: .square,
            diagonal: true)))
    }
    return charts
  }
}
