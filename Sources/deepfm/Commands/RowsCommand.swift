import ArgumentParser
import DeepFMKit
import Inspection
import Support

struct RowsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rows",
    abstract: "Prints the first rows of logs as they are read, one JSON object each.",
    discussion: """
      Shows what deepfm makes of a log's columns before a schema says what they mean: texts, lists, and null \
      for what is missing.

        deepfm rows clicks.parquet --limit 3
        deepfm rows logs/day=2026-11-28/ --columns user tags --limit 0
      """)

  @Argument(
    help: ArgumentHelp(
      "The logs: files, patterns, folders of Parquet files, or - for standard input.",
      valueName: "log"),
    completion: .file())
  var logs: [String]

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("The columns to print; all unless named.", valueName: "name"))
  var columns: [String] = []

  @Option(help: "How many rows at most; 0 for all.")
  var limit = 10

  func validate() throws {
    guard limit >= 0 else { throw ValidationError("--limit is from 0") }
  }

  func run() throws {
    let sources = try LogSource.named(logs)
    try LogSource.check(sources)
    var text: [UInt8] = []
    func write() throws {
      try text.withUnsafeBytes { try StandardStream.output.writeChecked($0) }
      text.removeAll(keepingCapacity: true)
    }
    try LogLines.read(sources, columns: columns, limit: limit == 0 ? nil : limit) { line in
      text += line
      if text.count > 1 << 16 { try write() }
    }
    try write()
  }
}
