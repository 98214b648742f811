import Reports

extension Comparison {
  var efficiencyBlocks: [Report.Block] {
    var blocks: [Report.Block] = []
    if let unit {
      blocks.append(
        .paragraph(
          """
          Time is training alone, without reading, encoding and validation. A ratio is a model's time \
          divided by that of \(code: unit) on the same device, the paper's measure of efficiency; a slow \
          \(code: unit) would flatter all others, so its own rate stands in the table.
          """))
    }
    for device in record.devices {
      let rows = rows(on: device.name)
      guard !rows.isEmpty else { continue }
      blocks.append(.table(efficiencyTable(rows, device)))
    }
    let charts = record.devices.compactMap { ratioChart(rows(on: $0.name), $0) }
    if !charts.isEmpty { blocks.append(.charts(charts)) }
    return blocks
  }

  private func efficiencyTable(
    _ rows: [Row], _ device: ExperimentRecord.Device
  ) -> Report.Table {
    var table = Report.Table(
      columns: [
        .text("model"), .number("samples/s"), .number("time per epoch"),
        .number("× LR, epoch", help: "time per epoch divided by LR's"),
        .number("+ pre-training", help: "an epoch of pre-training divided by LR's epoch"),
        .number("time to best", help: "up to the best epoch, pre-training counted"),
        .number("× LR, all", help: "the time of all epochs, pre-training counted, divided by LR's"),
        .number("paper, CPU", help: "figure 6, Criteo: training time divided by LR's"),
        .number("paper, GPU"),
      ], caption: caption("Training time", device))
    for row in rows {
      let paper = PaperFigures.efficiency[row.model]
      table.add([
        "\(code: row.variant)",
        .text(
          Report.Text(row.samplesPerSecond.map { Numbers.rate($0.mean) } ?? "–"),
          sortedBy: row.samplesPerSecond?.mean),
        Words.seconds(row.secondsPerEpoch), .number(row.epochRatio, digits: 2),
        .number(row.pretrainingRatio, digits: 2), Words.seconds(row.secondsToBest),
        .number(row.trainingRatio, digits: 2), paperCell(paper?.cpu, paper?.cpuPretraining),
        paperCell(paper?.gpu, paper?.gpuPretraining),
      ])
    }
    return table
  }

  private func paperCell(_ ratio: Double?, _ pretraining: Double?) -> Report.Table.Cell {
    guard let ratio, let pretraining, pretraining > 0 else { return .number(ratio, digits: 2) }
    return .text(
      "\(Numbers.fixed(ratio, 2)) + \(Numbers.fixed(pretraining, 2))", sortedBy: ratio + pretraining
    )
  }

  private func ratioChart(_ rows: [Row], _ device: ExperimentRecord.Device) -> Report.Chart? {
    guard rows.contains(where: { $0.epochRatio != nil && $0.variant != unit }) else { return nil }
    var series: [BarChart.Series] = [.init("here", rows.map(\.epochRatio))]
    if rows.contains(where: { $0.variant != unit && PaperFigures.efficiency[$0.model] != nil }) {
      // A CPU's ratios are held against those of the paper's CPU.
      let isCPU = device.description.contains("(CPU") || device.name == "reference"
      series.append(
        .init(
          isCPU ? "paper, CPU" : "paper, GPU",
          rows.map { row in
            PaperFigures.efficiency[row.model].map { isCPU ? $0.cpu : $0.gpu }
          }))
    }
    return .bars(
      BarChart(
        title: "Time of an epoch, LR = 1" + suffix(device), value: Axis("× LR's time"),
        categories: rows.map(\.variant), series: series, baseline: 1))
  }
}
