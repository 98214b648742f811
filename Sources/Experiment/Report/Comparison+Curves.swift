import Reports
import Training

extension Comparison {
  /// Training curves, ROC and reliability of each model's first seed on the first device.
  func curveBlocks(_ folder: String) throws -> [Report.Block] {
    guard let device = record.devices.first else { return [] }
    var (auc, loss): ([LineChart.Series], [LineChart.Series]) = ([], [])
    var (roc, reliability): ([LineChart.Series], [LineChart.Series]) = ([], [])
    for row in rows(on: device.name) {
      guard let run = row.folders.first else { continue }
      let place = RunStore.path(of: run, in: folder)
      let history = try RunFolder.history(in: place).filter { $0.model == row.model }
      auc.append(
        .init(row.variant, history.compactMap { one in one.auc.map { (Double(one.epoch), $0) } }))
      loss.append(.init(row.variant, history.map { (Double($0.epoch), $0.trainingLoss) }))
      guard let curves = try RunFolder.curves(in: place) else { continue }
      roc.append(
        .init(row.variant, curves.roc.map { ($0.falsePositives, $0.truePositives) }))
      reliability.append(
        .init(row.variant, curves.reliability.map { ($0.predicted, $0.clicked) }, style: .both))
    }
    // LR takes many cheap epochs; on a linear axis they would squeeze the others'.
    let longest = loss.map(\.points.count).max() ?? 0
    let epochs = Axis("epoch", scale: longest > 40 ? .log : .linear, isWhole: true)
    var charts: [Report.Chart] = [
      .lines(
        LineChart(title: "Validation AUC by epoch", x: epochs, y: Axis("AUC"), series: auc)),
      .lines(
        LineChart(title: "Training loss by epoch", x: epochs, y: Axis("loss"), series: loss)),
    ]
    // Marks of many curves would hide each other.
    if reliability.count > 4 {
      for index in reliability.indices { reliability[index].style = .line }
    }
    charts += RunReport.curveCharts(roc: roc, reliability: reliability)
    return [
      .paragraph(
        "Each model's first seed\(record.devices.count > 1 ? " on \(device.name)" : "")."),
      .charts(charts),
    ]
  }

  /// The order of the models by AUC, here and in the paper.
  var orderBlocks: [Report.Block]? {
    guard let device = record.devices.first else { return nil }
    let rows = rows(on: device.name).filter { $0.auc != nil }
    let known = rows.filter { PaperFigures.quality[$0.model] != nil }
    guard known.count > 2, Set(known.map(\.model)).count == known.count else { return nil }
    func ranks(_ value: (Row) -> Double) -> [String: Int] {
      let sorted = known.sorted { value($0) > value($1) }
      return Dictionary(
        sorted.enumerated().map { ($0.element.variant, $0.offset + 1) }
      ) { first, _ in first }
    }
    let here = ranks { $0.auc!.mean }
    let criteo = ranks { PaperFigures.quality[$0.model]!.criteoAUC }
    let company = ranks { PaperFigures.quality[$0.model]!.companyAUC }
    var table = Report.Table(
      columns: [
        .text("model"), .number("place here"), .number("place, Criteo"), .number("place, Company*"),
        .number("AUC here"), .number("AUC, Criteo"), .number("AUC, Company*"),
      ], caption: "Place by AUC among the models that the paper reports too")
    for row in known.sorted(by: { $0.auc!.mean > $1.auc!.mean }) {
      let paper = PaperFigures.quality[row.model]!
      table.add([
        "\(code: row.variant)", .count(here[row.variant]), .count(criteo[row.variant]),
        .count(company[row.variant]), .number(row.auc?.mean, digits: 5),
        .number(paper.criteoAUC, digits: 4), .number(paper.companyAUC, digits: 4),
      ])
    }
    func agreement(_ other: [String: Int]) -> String {
      let pairs = known.indices.flatMap { i in known.indices.dropFirst(i + 1).map { (i, $0) } }
      let same = pairs.filter { i, j in
        (here[known[i].variant]! < here[known[j].variant]!)
          == (other[known[i].variant]! < other[known[j].variant]!)
      }
      return "\(same.count) of \(pairs.count)"
    }
    return [
      .paragraph(
        """
        Of the pairs of models, \(agreement(criteo)) come in the order they have on the paper's Criteo \
        log, and \(agreement(company)) in that of Company*. These are other data: what agrees is worth \
        more than what differs. In print, AUC and LogLoss of LR & DNN and of FM & DNN contradict each \
        other on Criteo.
        """), .table(table),
    ]
  }

  /// Where the numbers come from and how to get them again.
  func sourceBlocks(_ folder: String) throws -> [Report.Block] {
    var runs = Report.Table(
      columns: [
        .text("model"), .text("device"), .number("seed"), .number("AUC"), .number("LogLoss"),
        .number("epochs"), .text("ended"), .text("folder"),
      ])
    for run in record.runs {
      let summary = try RunFolder.summary(in: RunStore.path(of: run.folder, in: folder))
      let evaluation = evaluatedOn == .test ? summary.test : summary.validation
      runs.add([
        "\(code: run.variant)", "\(run.device)", .text("\(run.seed)", sortedBy: Double(run.seed)),
        .number(evaluation?.auc, digits: 5), .number(evaluation?.logLoss, digits: 5),
        .count(summary.epochs), "\(summary.stopped)",
        "\(link: run.folder, to: "runs/\(run.folder)/metrics.json")",
      ])
    }
    var settings: [Report.Block] = []
    for variant in record.variants {
      settings.append(.paragraph("\(code: variant.name)"))
      settings.append(
        .commands(variant.configuration.yaml.split(separator: "\n").map(String.init)))
    }
    return [
      .paragraph(Words.data(record.data)),
      .commands(Words.command(record.command)),
      .details("Every run", [.table(runs)]), .details("Every setting", settings),
    ]
  }
}
