import ArgumentParser
import DeepFMKit
import Foundation
import Support
import Synthetic

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Writes a synthetic click log of any size, and what the best possible model scores.",
    discussion: """
      Ids follow Zipf's law; clicks are drawn from a probability that hidden effects of single \
      values and of pairs decide. Day by day some ids make way for new ones and the effects change. \
      The last day is the test part: its best possible AUC and LogLoss, those of the true \
      probabilities, are printed. The same seed gives the same bytes.

        deepfm generate --rows 1000000 --out train.csv --test test.csv
        deepfm generate --rows 10000000 --format criteo --out log.txt.gz
      """)

  @Option(help: "The number of rows.")
  var rows = 100_000

  @Option(help: ArgumentHelp("criteo, or csv with a header and a column of time.", valueName: "f"))
  var format = SyntheticFormat.csv

  @Option(
    help: ArgumentHelp(
      "The file to write, packed where it ends in .gz or .zst; - for standard output.",
      valueName: "file"), completion: .file())
  var out: String

  @Option(
    help: ArgumentHelp(
      "A file for the rows of the last day; without it they are the last ones of the log.",
      valueName: "file"), completion: .file())
  var test: String?

  @Option(help: "Decides effects and rows.")
  var seed: UInt64 = 1

  @Option(help: "The number of days.")
  var days = 8

  @Option(help: "The share of ids that are replaced each day.")
  var newIds = 0.02

  @Option(help: "How much effects change each day: an angle; at 1.57 nothing is left of them.")
  var change = 0.05

  @Option(
    help: ArgumentHelp("A JSON file for the best possible scores.", valueName: "file"),
    completion: .file())
  var truth: String?

  func validate() throws {
    guard rows >= 1 else { throw ValidationError("--rows must be at least 1") }
    guard 1...rows ~= days else { throw ValidationError("--days must be from 1 to --rows") }
    guard 0...1 ~= newIds else { throw ValidationError("--new-ids must be from 0 to 1") }
    guard change.isFinite else { throw ValidationError("--change must be a number") }
  }

  func run() throws {
    try checkApart([out, test, truth].compactMap(\.self))
    let drift = SyntheticLog.Drift(rows: rows, days: days, newIDs: newIds, change: change)
    let log =
      format == .criteo
      ? SyntheticLog.criteoShaped(seed: seed, isSparse: true, strength: 0.25, drift: drift)
      : SyntheticLog(fields: Self.fields, seed: seed, drift: drift)
    let firstOfTest = days > 1 ? drift.firstRow(of: days - 1) : rows - rows / 10
    let console = Console()
    let interrupted = Cancellation()
    let start = ContinuousClock.now
    let optimum = try withInterrupt(interrupted) {
      if let test {
        _ = try write(log, 0..<firstOfTest, test: 0..<0, to: out, console, interrupted)
        return try write(log, firstOfTest..<rows, test: 0..<rows, to: test, console, interrupted)
      }
      return try write(log, 0..<rows, test: firstOfTest..<rows, to: out, console, interrupted)
    }
    let seconds = (ContinuousClock.now - start).seconds
    console.say("\(rows) rows in \(duration(seconds)), \(rate(Double(rows) / seconds)) rows/s")
    try report(optimum, firstOfTest: firstOfTest, console)
  }

  /// Users, items and their surroundings.
  private static let fields: [SyntheticLog.Field] = [
    .init("user", 20_000), .init("item", 5_000), .init("category", 20), .init("site", 300),
    .init("device", 4, missing: 0.05),
  ]

  private func write(
    _ log: SyntheticLog, _ rows: Range<Int>, test: Range<Int>, to path: String,
    _ console: Console, _ interrupted: Cancellation
  ) throws -> BayesOptimum {
    let generator = LogGenerator(
      log, format: format == .criteo ? .criteo : .csv, compression: Compression(path: path))
    let start = ContinuousClock.now
    func show(_ progress: LogGenerator.Progress) -> Bool {
      let seconds = (ContinuousClock.now - start).seconds
      let perSecond = Double(progress.rows) / seconds
      let left = Double(rows.count - progress.rows) / perSecond
      console.progress(
        "\(path): \(100 * progress.rows / max(rows.count, 1)) %  \(bytes(progress.bytes))  "
          + "\(rate(perSecond)) rows/s  left \(duration(left))")
      return !interrupted.isCancelled
    }
    defer { console.clear() }
    func write(
      _ sink: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws -> BayesOptimum {
      let optimum = try generator.write(rows: rows, test: test, report: show, to: sink)
      // A log that is cut short is not left behind.
      if interrupted.isCancelled { throw Interrupt.exitCode ?? ExitCode(130) }
      return optimum
    }
    if path == "-" {
      return try write { try StandardStream.output.writeChecked($0) }
    }
    var optimum = BayesOptimum()
    try AtomicFile.write(to: path) { file in optimum = try write { try file.append($0) } }
    return optimum
  }

  private func report(
    _ optimum: BayesOptimum, firstOfTest: Int, _ console: Console
  ) throws {
    let text =
      "test part: \(optimum.rows) rows, from row \(firstOfTest + 1) on, "
      + "\(fixed(100 * Double(optimum.clicks) / Double(max(optimum.rows, 1)), 1)) % clicks; "
      + "best possible AUC \(fixed(optimum.auc, 5)), LogLoss \(fixed(optimum.logLoss, 5))"
    if out == "-" || test == "-" { console.say(text) } else { print(text) }
    guard let truth else { return }
    let scores = Scores(
      rows: rows, firstTestRow: firstOfTest, testRows: optimum.rows, testClicks: optimum.clicks,
      auc: optimum.auc, logLoss: optimum.logLoss)
    try AtomicFile.write(JSONText.results(scores), to: truth)
  }

  /// The file of ``truth``; rows are counted from 0.
  private struct Scores: Encodable {
    let rows: Int
    let firstTestRow: Int
    let testRows: Int
    let testClicks: Int
    let auc: Double?
    let logLoss: Double?
  }
}

/// The formats that can be generated.
enum SyntheticFormat: String, ExpressibleByArgument, CaseIterable {
  case csv
  case criteo
}
