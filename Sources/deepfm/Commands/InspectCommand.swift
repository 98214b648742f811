import ArgumentParser
import Datasets
import DeepFMKit
import Foundation
import Inspection
import Reports
import Support

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows what logs hold: fields, coverage, unseen values, drift.",
    discussion: """
      Learns from the first log what a training would learn, and holds the others against it:

        deepfm inspect train.csv --test later.csv --html inspection.html
        deepfm inspect data                       # a folder of deepfm encode
      """)

  @Argument(
    help: ArgumentHelp(
      "The training log, one or more files; or a folder of encoded rows.", valueName: "log"),
    completion: .file())
  var logs: [String]

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Validation logs.", valueName: "file"), completion: .file())
  var valid: [String] = []

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Test logs.", valueName: "file"),
    completion: .file())
  var test: [String] = []

  @OptionGroup var schema: SchemaOptions

  @Option(help: "How many frequent values of a field to keep.")
  var top = 10

  @Option(
    help: ArgumentHelp("Write a page for the browser, too.", valueName: "file"), completion: .file()
  )
  var html: String?

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  func validate() throws {
    guard top >= 0 else { throw ValidationError("--top is from 0") }
  }

  func run() throws {
    if let html {
      try checkWritableFile(html)
      try checkApart([html], from: [schema.schema].compactMap(\.self))
    }
    let console = Console()
    let inspection = try inspect()
    if let html {
      try AtomicFile.write(inspection.report(of: logs.joined(separator: ", ")).html, to: html)
    }
    if json {
      print(try JSONText.results(inspection), terminator: "")
    } else {
      for note in inspection.notes { console.say("note: \(note)") }
      print(partTable(inspection))
      print()
      print(fieldTable(inspection))
      if !inspection.findings.isEmpty { print() }
      for finding in inspection.findings { print("- \(finding)") }
    }
    if let html { console.say("wrote \(html)") }
  }

  private func inspect() throws -> LogInspection {
    if FileManager.default.fileExists(atPath: logs[0] + "/" + DatasetManifest.file) {
      guard logs.count == 1 && valid.isEmpty && test.isEmpty && schema.schema == nil else {
        throw ValidationError("a folder of encoded rows holds its schema and parts: name it alone")
      }
      let folder = try DatasetFolder(logs[0])
      let parts = DataSplit.Part.allCases.compactMap { part in
        folder.rows(part).map { (name: part.rawValue, rows: $0) }
      }
      return LogInspection(parts, encoder: folder.encoder, top: top)
    }
    let parts = [("train", logs), ("valid", valid), ("test", test)].filter { !$0.1.isEmpty }
    let sources = try parts.map { (name: $0.0, logs: try LogSource.named($0.1)) }
    try LogSource.check(sources.flatMap(\.logs), apartFrom: [html].compactMap(\.self))
    return try LogInspection(
      sources, schema: schema.read(for: sources[0].logs, Console()), top: top)
  }

  private func partTable(_ inspection: LogInspection) -> TextTable {
    var table = TextTable("part", "rows", "clicks", "click rate")
    for part in inspection.parts {
      table.add(
        part.name, "\(part.rows)", part.clicks.map(String.init) ?? "–",
        percent(part.clicks.map { Double($0) / Double(max(part.rows, 1)) }, 2))
    }
    return table
  }

  private func fieldTable(_ inspection: LogInspection) -> TextTable {
    let others = inspection.parts.dropFirst().map { "unseen in \($0.name)" }
    var table = TextTable(
      ["field", "encoding", "values", "kept", "missing", "rare"] + others + ["most frequent"])
    let rows = Double(max(inspection.parts[0].rows, 1))
    for field in inspection.fields {
      let hasVocabulary = field.vocabulary != nil
      let first = field.parts[0]
      let unseen = field.parts.dropFirst().map { percent(hasVocabulary ? $0.unknownShare : nil, 1) }
      let frequent = field.top.prefix(3).map { value in
        let share = Double(value.count) / Double(max(first.values, 1))
        return "\(short(value.name)) \(fixed(100 * share, 0)) %"
      }
      table.add(
        [
          short(field.name), field.encoding.rawValue, field.distinct.map(String.init) ?? "–",
          field.vocabulary.map(String.init) ?? "–", percent(Double(first.missing) / rows, 1),
          percent(hasVocabulary ? first.unknownShare : nil, 1),
        ] + unseen + [frequent.joined(separator: ", ")])
    }
    return table
  }

  private func percent(_ share: Double?, _ digits: Int) -> String {
    share.map { fixed(100 * $0, digits) + " %" } ?? "–"
  }

  private func short(_ text: String) -> String {
    let line = String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
    return line.count > 24 ? line.prefix(23) + "…" : line
  }
}
