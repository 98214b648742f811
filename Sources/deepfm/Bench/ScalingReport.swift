import DeepFMKit
import Diagnostics
import Foundation
import Reports
import Support

/// What was measured of a step's growth, as data and as a document with a chart for each size.
struct ScalingReport: Codable {
  var points: [ScalingBenchmark.Point]
  let device: String
  let cores: String

  /// The least and the most of what was measured before the points.
  var ceiling: String {
    func range(_ rates: [Double]) -> String {
      "\(fixed(rates.min() ?? 0, 1))–\(fixed(rates.max() ?? 0, 1))"
    }
    return "\(range(points.map(\.gigaflops))) GFLOP/s, \(range(points.map(\.gigabytes))) GB/s"
  }

  /// Writes scaling.json, scaling.md and scaling.html, with the points of an earlier call that this
  /// one did not measure again.
  func write(to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var all = self
    let path = "\(folder)/scaling.json"
    if let data = FileManager.default.contents(atPath: path),
      let earlier = try? JSONText.decode(ScalingReport.self, from: data)
    {
      all.points =
        earlier.points.filter { old in
          !points.contains { $0.size == old.size && $0.value == old.value }
        } + points
    }
    try AtomicFile.write(JSONText.record(all), to: path)
    let document = all.document
    try AtomicFile.write(document.markdown, to: "\(folder)/scaling.md")
    try AtomicFile.write(document.html, to: "\(folder)/scaling.html")
  }

  private var document: Report {
    var report = Report(title: "How a training step grows", subtitle: device)
    report.lead = [
      .paragraph(
        """
        Cores \(cores). The floor under a step is the time of the dense layers' arithmetic at the rate of \
        independent multiply-adds, and of the tables' traffic at that of a long copy, measured right \
        before each point: \(ceiling). One size varies at a time, from a batch of 4096, 39 fields, \
        k = 10, hidden 400-400-400 and a million table rows.
        """)
    ]
    for size in ScalingBenchmark.Size.allCases {
      let measured = points.filter { $0.size == size }.sorted { $0.value < $1.value }
      guard !measured.isEmpty else { continue }
      report.add(
        "Varied: \(size.rawValue)",
        [.charts([.lines(chart(size, measured))]), .table(table(measured))])
    }
    return report
  }

  private func chart(
    _ size: ScalingBenchmark.Size, _ points: [ScalingBenchmark.Point]
  ) -> LineChart {
    LineChart(
      title: "Milliseconds a step", x: Axis(size.rawValue, scale: .log),
      y: Axis("ms", scale: .log),
      series: [
        .init("measured", points.map { (Double($0.value), 1e3 * $0.seconds) }),
        .init("floor", points.map { (Double($0.value), 1e3 * $0.floor) }),
      ])
  }

  func table(_ points: [ScalingBenchmark.Point]) -> Report.Table {
    var table = Report.Table(
      columns: [
        .text("varied"), .number("value"), .number("ms a step"), .number("fastest"),
        .number("slowest"),
        .number("samples/s"), .number("arithmetic ms"), .number("traffic ms"),
        .number("floor of step"), .number("waiting"), .text("memory"),
        .text("bound by"),
      ])
    for point in points {
      let milliseconds = [
        point.seconds, point.fastest, point.slowest, point.arithmetic, point.traffic,
      ].map { Report.Table.Cell.number(1e3 * $0, digits: 2) }
      var cells: [Report.Table.Cell] = ["\(point.size.rawValue)", .count(point.value)]
      cells += milliseconds[..<3]
      cells.append(.count(Int(Double(point.batch) / point.seconds)))
      cells += milliseconds[3...]
      cells.append(.percent(point.share, digits: 0))
      cells.append(.percent(point.waited / point.seconds, digits: 0))
      cells.append(.text("\(bytes(point.memory))", sortedBy: Double(point.memory)))
      cells.append("\(point.bound)")
      table.add(cells)
    }
    return table
  }
}
