import ArgumentParser
import DeepFMKit
import Inspection
import Reports

struct BenchReadingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reading",
    abstract: "Measures how fast logs are read, on one core and step by step.",
    discussion: """
      The steps build on each other: cutting finds where records end, records cuts them into cells, \
      rows reads labels and numbers and hands all values out. The best of a few runs is shown.
      """)

  @Argument(
    help: ArgumentHelp("The log: one or more files or patterns; best in the page cache."),
    completion: .file())
  var logs: [String]

  @Option(
    help: ArgumentHelp("A YAML file that says what the columns mean.", valueName: "file"),
    completion: .file())
  var schema: String?

  @Option(help: "How often each step runs.")
  var repeats = 3

  func run() throws {
    guard repeats >= 1 else { throw ValidationError("--repeats is at least 1") }
    let schema = try schema.map { try Schema(file: $0) } ?? Schema()
    let sources = try LogSource.named(logs)
    var table = TextTable("step", "rows", "text", "time", "MB/s", "rows/s")
    for step in ReadingBenchmark.Step.allCases {
      let runs = try (0..<repeats).map { _ in
        try ReadingBenchmark.measure(step, sources, schema: schema)
      }
      let best = runs.min { $0.seconds < $1.seconds }!
      table.add(
        step.rawValue, "\(best.rows)", bytes(best.bytes), duration(best.seconds),
        fixed(Double(best.bytes) / best.seconds / 1e6, 0), rate(Double(best.rows) / best.seconds))
    }
    print(table)
  }
}
