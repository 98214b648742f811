import ArgumentParser
import DeepFMKit
import Foundation
import Logs
import Reports
import RequestLogs
import Support

struct JoinCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract:
      "Makes a training log of the requests that a server logged and of what became of them.",
    discussion: """
      Of the folder that 'deepfm serve --log' fills; rows are written as JSON lines, each with what happened to it, \
      and --run writes the schema to train with:

        deepfm join requests --out joined.jsonl --run runs/first --schema-out joined.yaml
        deepfm train --train joined.jsonl --schema joined.yaml --model deepfm-d

      Requests younger than the window are left for the next time, which begins --from where this one ended; so no \
      row is joined twice, and none without the feedback that counts.
      """)

  @Argument(
    help: ArgumentHelp(
      "The folder of a server's log, or its files; patterns.", valueName: "log"),
    completion: .file())
  var logs: [String]

  @Option(
    help: ArgumentHelp("Where to write the rows; - for standard output.", valueName: "file"),
    completion: .file())
  var out: String

  @Option(
    help: ArgumentHelp(
      "How long after its request feedback counts, as 90s, 15m, 1h or 2d.", valueName: "time"))
  var window = "1h"

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The events that become columns of 0 and 1, the first the label.", valueName: "name"))
  var events = [Feedback.click]

  @Flag(
    help: ArgumentHelp(
      "Leave out rows of which nothing was said, which else count as shown without a click.",
      discussion: "For clients that rank more rows than they show, and tell of those they show."))
  var leaveOutSilent = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Only requests to these models.", valueName: "name"))
  var models: [String] = []

  @Option(
    help: ArgumentHelp("Only requests from this time on, as 2026-11-29T00:00Z.", valueName: "time"))
  var from: String?

  @Option(
    help: ArgumentHelp(
      "Only requests before this time; a window before the log's end if not given.",
      valueName: "time"))
  var until: String?

  @Option(
    help: ArgumentHelp(
      "The most memory for sorting, as 256M; what is beyond goes to disk for a while.",
      valueName: "size"))
  var memory = "256M"

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("A run of the model that was asked, for --schema-out.", valueName: "folder"),
    completion: .file())
  var model: String?

  @Option(
    help: ArgumentHelp("Write the schema to train with.", valueName: "file"), completion: .file())
  var schemaOut: String?

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  func validate() throws {
    guard (model == nil) == (schemaOut == nil) else {
      throw ValidationError("--run and --schema-out belong together")
    }
    guard 1...8 ~= events.count, Set(events).count == events.count,
      events.allSatisfy(Feedback.isEvent)
    else {
      throw ValidationError(
        "--events are one to eight names, each once, of letters, digits, '.', '_' and '-'")
    }
  }

  func run() throws {
    var options = RequestJoin.Options()
    guard let size = VocabularyOptions.size(memory), size >= 1 << 20 else {
      throw ValidationError("--memory is a size from 1M, as 256M or 4G, and not \(memory)")
    }
    options.memory = size
    options.window = try Self.milliseconds(window)
    (options.events, options.leavesOutSilent) = (events, leaveOutSilent)
    options.models = models.isEmpty ? nil : Set(models)
    options.from = try from.map { try Self.time($0, "--from") }
    options.until = try until.map { try Self.time($0, "--until") }
    let sources = try RequestJoin.logs(named: logs)
    let place = out == "-" ? "/dev/stdout" : out
    let results = [place, schemaOut].compactMap(\.self)
    try checkApart(results, from: [model.map(modelFile)].compactMap(\.self))
    try LogSource.check(sources, apartFrom: results)
    let schema = try model.map {
      try RequestJoin.schema(
        of: TrainedModel(contentsOf: modelFile($0), includingOptimizer: false).encoder,
        label: events[0]
      ).yaml()
    }
    var summary = JoinSummary()
    try AtomicFile.write(to: place) { summary = try RequestJoin(sources, options).write(to: $0) }
    if let schema, let schemaOut { try AtomicFile.write(schema, to: schemaOut) }
    let console = Console()
    if json {
      let text = try JSONText.results(summary)
      if out == "-" { console.say(text) } else { print(text, terminator: "") }
    } else {
      for line in summary.lines { console.say(line) }
    }
    if summary.rows == 0 { console.say("note: no row was written; \(summary.reason)") }
  }

  /// Milliseconds of a time as 90s, 15m, 1h or 2d.
  private static func milliseconds(_ text: String) throws -> Int64 {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let last = text.last, let unit = units[last], let number = Double(text.dropLast()),
      number >= 0, number * unit < 1e10
    else { throw ValidationError("--window is a time as 90s, 15m, 1h or 2d, and not \(text)") }
    return Int64((number * unit * 1000).rounded())
  }

  private static func time(_ text: String, _ option: String) throws -> Int64 {
    let bytes = Array(text.utf8)
    guard let time = bytes.withUnsafeBytes(LogTime.milliseconds) else {
      throw ValidationError("\(option) is a time as 2026-11-29T00:00Z (UTC), and not \(text)")
    }
    return time
  }
}

extension JoinSummary {
  /// The summary in words.
  fileprivate var lines: [String] {
    func some(_ count: Int, _ words: String) -> String? { count == 0 ? nil : "\(count) \(words)" }
    let left = [
      some(open, "from \(until) on"), some(before, "before \(from ?? "")"),
      some(shadow, "scored in the shadow"), some(repeated, "asked again later"),
      some(otherModels, "to other models"), some(withoutValues, "with ids in place of values"),
    ].compactMap(\.self)
    let lost = [
      some(late, "late"), some(unmatched, "on requests that are not in the log"),
      some(noSuchRow, "on rows that are not in the request"), some(otherEvents, "of other events"),
    ].compactMap(\.self)
    let events = happened.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    return [
      "requests: \(requests), joined \(joined)"
        + (left.isEmpty ? "" : "; left out \(left.joined(separator: ", "))"),
      "rows: \(rows) (\(events.joined(separator: ", "))); nothing was said of \(silentRows)",
      "feedback: \(feedback), matched \(matched)"
        + (doubled > 0 ? " (\(doubled) said before)" : "")
        + (lost.isEmpty ? "" : "; not matched \(lost.joined(separator: ", "))"),
      "until: \(until)",
    ] + (torn > 0 ? ["torn lines at the ends of files: \(torn)"] : [])
  }

  /// Why there may be no rows.
  fileprivate var reason: String {
    open > 0
      ? "the window of \(open) requests is not over: wait, shorten --window, or name --until"
      : silentRows > 0 ? "nothing was said of any row" : "no request was wanted"
  }
}
