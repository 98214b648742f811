import Reports
import Training

extension StudyResult {
  /// The study as a document.
  package func report(in folder: String) throws -> Report {
    var report = Report(
      title: record.title,
      subtitle: "\(Words.count(models.count, "model")), "
        + "\(Words.count(record.variants.count, "variant")), "
        + "\(Words.count(record.seeds.count, "seed")); "
        + record.devices.map(\.description).joined(separator: "; "))
    report.lead = [.list(conclusions)]
    let charts = chartsByKey
    if !charts.isEmpty { report.add("What each setting does", [.charts(charts)]) }
    report.add("Ranking", [.paragraph(rule), .table(table)])
    if let rounds = record.study?.rounds, !rounds.isEmpty {
      report.add("Rounds", [.table(roundTable(rounds))])
    }
    if let best = rows.first { report.add("The best settings", bestBlocks(best)) }
    report.add(
      "Data and commands",
      [
        .paragraph(Words.data(record.data)), .commands(Words.command(record.command)),
      ])
    return report
  }

  private var hasTest: Bool { rows.contains { $0.testAUC != nil } }
  private var keys: [String] { record.study?.keys ?? [] }

  private var rule: Report.Text {
    "In the order of what training monitored on the validation rows, averaged over seeds; the test rows "
      + "have no say in it."
  }

  private var conclusions: [Report.Text] {
    var points = record.gaps
    if let preset = record.study?.preset {
      points.append("The paper found (on Company*): \(preset.finding).")
    }
    for model in models {
      let own = rows.filter { $0.model == model }
      guard let best = own.first, let auc = best.validationAUC, own.count > 1 else { continue }
      var text: Report.Text =
        "\(strong: model) is best with \(words(best.point)): validation AUC \(Words.text(auc, digits: 5))"
      if let test = best.testAUC { text = text + ", test AUC \(Words.text(test, digits: 5))" }
      if let last = own.last(where: { $0.validationAUC != nil })?.validationAUC {
        text =
          text + "; between the best and the worst lie \(Numbers.fixed(auc.mean - last.mean, 5))."
      }
      points.append(text)
    }
    if record.seeds.count == 1 {
      points.append("One seed: small differences may be chance.")
    }
    return points
  }

  private func words(_ point: [Variant.Choice]) -> String {
    point.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  private var table: Report.Table {
    var columns: [Report.Table.Column] = [.number("place"), .text("model")]
    columns += keys.map { .text($0) }
    columns += [
      .number("validation AUC"), .number("validation LogLoss"),
    ]
    if hasTest { columns += [.number("test AUC"), .number("test LogLoss")] }
    columns += [
      .number("parameters"), .number("epochs"), .number("time per epoch"), .text("runs"),
    ]
    var table = Report.Table(columns: columns)
    for (place, row) in rows.enumerated() {
      var cells: [Report.Table.Cell] = [.count(place + 1), "\(code: row.model)"]
      cells += keys.map { key in
        let value = row.point.first { $0.key == key }?.value ?? ""
        return .text(Report.Text(value), sortedBy: Double(value))
      }
      cells += [
        Words.cell(row.validationAUC, digits: 5).emphasized(place == 0),
        Words.cell(row.validationLogLoss, digits: 5),
      ]
      if hasTest {
        cells += [Words.cell(row.testAUC, digits: 5), Words.cell(row.testLogLoss, digits: 5)]
      }
      let links: Report.Text = row.folders.enumerated().reduce("") { text, run in
        text + (run.offset > 0 ? " " : "")
          + "\(link: "\(run.offset + 1)", to: "runs/\(run.element)/metrics.json")"
      }
      cells += [
        .count(row.parameters), .number(row.epochs?.mean, digits: 1),
        Words.seconds(row.secondsPerEpoch), .text(links),
      ]
      table.add(cells)
    }
    return table
  }

  private func roundTable(_ rounds: [StudyRecord.Round]) -> Report.Table {
    var table = Report.Table(
      columns: [.number("round"), .number("epochs"), .number("variants"), .text("which")],
      caption: "Successive halving: the best of each round go on, with more epochs")
    for (number, round) in rounds.enumerated() {
      let names = round.variants.prefix(6).joined(separator: "; ")
      table.add([
        .count(number + 1), .count(round.epochs), .count(round.variants.count),
        .text(Report.Text(names + (round.variants.count > 6 ? "; …" : ""))),
      ])
    }
    return table
  }

  private func bestBlocks(_ best: Row) -> [Report.Block] {
    guard let variant = record.variants.first(where: { $0.name == best.variant }) else { return [] }
    return [
      .paragraph("As a file for \(code: "--config") of \(code: "deepfm train"):"),
      .commands(variant.configuration.yaml.split(separator: "\n").map(String.init)),
    ]
  }
}
