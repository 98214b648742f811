import Reports
import Statistics
import Training

extension Comparison {
  /// The comparison as a document.
  ///
  /// - Parameter folder: the experiment's folder, whose curves are drawn.
  /// - Throws: `UserError` for a run that is no longer whole.
  package func report(in folder: String) throws -> Report {
    let devices = record.devices.map(\.description)
    var report = Report(
      title: record.title,
      subtitle: "\(Words.count(record.variants.count, "model")), "
        + "\(Words.count(record.seeds.count, "seed")); \(devices.joined(separator: "; "))")
    report.lead = [.list(conclusions)]
    report.add("Quality", qualityBlocks)
    if let tests = testBlocks { report.add("Against \(record.champion ?? "")", tests) }
    report.add("Training time", efficiencyBlocks)
    report.add("Curves", try curveBlocks(folder))
    if let order = orderBlocks { report.add("The paper's order", order) }
    report.add("Data and commands", try sourceBlocks(folder))
    return report
  }

  private var rowsName: String { evaluatedOn == .test ? "test rows" : "validation rows" }

  // MARK: Quality

  private var qualityBlocks: [Report.Block] {
    record.devices.flatMap { device -> [Report.Block] in
      let rows = rows(on: device.name)
      guard !rows.isEmpty else { return [] }
      var table = Report.Table(
        columns: [
          .text("model"), .number("AUC", help: "area under the ROC curve"),
          .number("LogLoss", help: "mean cross-entropy"),
          .number("NE", help: "LogLoss divided by that of the average click rate"),
          .number("PR-AUC", help: "average precision"),
          .number("calibration", help: "predicted clicks divided by clicks"),
          .number("runs"), .number("epochs"), .number("parameters"),
        ],
        caption: caption(
          "Mean ± standard deviation over seeds, \(rowsName); the best of a column is strong",
          device))
      let bestAUC = rows.compactMap { $0.auc?.mean }.max()
      let bestLoss = rows.compactMap { $0.logLoss?.mean }.min()
      for row in rows {
        table.add([
          "\(code: row.variant)",
          Words.cell(row.auc, digits: 5).emphasized(row.auc?.mean == bestAUC),
          Words.cell(row.logLoss, digits: 5).emphasized(row.logLoss?.mean == bestLoss),
          Words.cell(row.normalizedEntropy, digits: 4), Words.cell(row.averagePrecision, digits: 5),
          Words.cell(row.calibration, digits: 3), .count(row.seeds.count),
          .number(row.epochs?.mean, digits: 1), .count(row.parameters),
        ])
      }
      func dots(_ title: String, _ spread: (Row) -> Spread?) -> Report.Chart {
        .bars(
          BarChart(
            title: title + suffix(device), value: Axis("\(title), \(rowsName)"),
            categories: rows.map(\.variant),
            series: [
              .init(
                "mean ± deviation", rows.map { spread($0)?.mean },
                deviations: rows.map { spread($0)?.deviation })
            ], style: .dots))
      }
      return [.table(table), .charts([dots("AUC", \.auc), dots("LogLoss", \.logLoss)])]
    }
  }

  // MARK: Tests

  private var testBlocks: [Report.Block]? {
    guard let champion = record.champion, rows.contains(where: { $0.aucTest != nil }) else {
      return nil
    }
    var blocks: [Report.Block] = [
      .paragraph(
        """
        The paired t-test asks whether \(code: champion) and a rival differ in the mean, seed by seed \
        on the same rows: p is how often a difference as large would come about by chance. A p of 0.05 \
        is reached by one of twenty rivals that do not differ.
        """)
    ]
    for device in record.devices {
      var table = Report.Table(
        columns: [
          .text("rival"), .number("AUC difference", help: "champion minus rival"), .number("t"),
          .number("p"), .number("LogLoss difference", help: "champion minus rival"),
          .number("p, LogLoss"), .number("pairs"),
        ], caption: caption("\(champion) minus its rivals", device))
      for row in rows(on: device.name) {
        guard let test = row.aucTest else { continue }
        table.add([
          "\(code: row.variant)", Words.cell(test.difference, digits: 5),
          .number(test.t, digits: 2), pCell(test.p),
          Words.cell(row.logLossTest?.difference, digits: 5), pCell(row.logLossTest?.p),
          .count(test.difference.count),
        ])
      }
      blocks.append(.table(table))
    }
    return blocks
  }

  private func pCell(_ p: Double?) -> Report.Table.Cell {
    guard let p else { return .number(nil, digits: 3) }
    return .text(Report.Text(Words.p(p)), sortedBy: p).emphasized(p < 0.05)
  }

  func caption(_ text: String, _ device: ExperimentRecord.Device) -> Report.Text {
    record.devices.count > 1 ? "\(text); \(device.description)" : "\(text)"
  }

  func suffix(_ device: ExperimentRecord.Device) -> String {
    record.devices.count > 1 ? " (\(device.name))" : ""
  }
}
