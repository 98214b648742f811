import ArgumentParser
import DeepFMKit
import Logs
import Support

struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract:
      "Writes a log with the histories that its schema names, each made of earlier rows alone.",
    discussion: """
      A field of lists with history: {of: item, by: user} holds, the newest first, the items of the same user in rows \
      with an earlier time. Everything else takes the column as any other list.

        deepfm history log.csv --schema schema.yaml --out with-histories.csv
        deepfm train --train with-histories.csv --schema schema.yaml --model deepfm-d --out runs/first

      Rows to predict have the histories that they begin with:

        deepfm history new.csv --before log.csv --schema schema.yaml --out - | deepfm predict runs/first -
      """)

  @Argument(
    help: ArgumentHelp(
      "The logs, each user's rows in order of time; - for standard input.", valueName: "log"),
    completion: .file())
  var logs: [String]

  @Option(
    help: ArgumentHelp("The schema whose fields have histories.", valueName: "file"),
    completion: .file())
  var schema: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Logs whose rows come before these, and are not written again.", valueName: "log"),
    completion: .file())
  var before: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where to write the rows, as CSV or TSV where the log is one, else as JSON lines; - for standard output.",
      valueName: "file"), completion: .file())
  var out: String

  func run() throws {
    let (sources, earlier) = (try LogSource.named(logs), try LogSource.named(before))
    let place = out == "-" ? "/dev/stdout" : out
    try checkApart([place], from: [schema])
    try LogSource.check(earlier + sources, apartFrom: [place])
    let console = Console()
    let log = try HistoryLog(sources, before: earlier, schema: Schema(named: schema))
    for note in log.notes { console.say("note: \(note)") }
    var made: HistoryLog.Summary?
    try AtomicFile.write(to: place) { file in made = try log.write { try file.append($0) } }
    guard let summary = made else { return }
    let rows = Double(max(summary.rows, 1))
    console.say("\(summary.rows) rows" + (log.isJSON ? ", as JSON lines" : ""))
    for column in summary.columns {
      console.say(
        "\(column.name): \(fixed(Double(column.values) / rows, 1)) values a row, "
          + "\(fixed(100 * Double(column.empty) / rows, 1)) % of rows without any, "
          + "\(column.users) users")
    }
  }
}
