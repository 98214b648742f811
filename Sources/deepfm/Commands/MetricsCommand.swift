import ArgumentParser
import DeepFMKit
import Foundation
import Reports
import Support

struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Judges scores that are in a file, of any program.",
    discussion: """
      The file is CSV or TSV with a header, a score and a label of 0 or 1 a row. Scores outside 0 to 1 \
      (logits, say) are judged by their order alone.

        deepfm metrics scores.csv --weight importance --group user
      """)

  @Argument(
    help: ArgumentHelp("The file, or - for standard input.", valueName: "file"), completion: .file()
  )
  var file: String

  @Option(help: ArgumentHelp("The column of scores.", valueName: "column"))
  var score = "score"

  @Option(help: ArgumentHelp("The column of labels.", valueName: "column"))
  var label = "label"

  @Option(help: ArgumentHelp("The column of sample weights.", valueName: "column"))
  var weight: String?

  @Option(
    help: ArgumentHelp("The column that says whom a row belongs to.", valueName: "column"))
  var group: String?

  @Option(help: "The number of bins of the reliability curve.")
  var bins = 10

  @Flag(help: "Print JSON, all digits.")
  var json = false

  func validate() throws {
    guard bins > 0 else { throw ValidationError("--bins must be at least 1") }
  }

  func run() throws {
    var columns = ScoredRows.Columns()
    (columns.score, columns.label) = (score, label)
    (columns.weight, columns.group) = (weight, group)
    let rows = try ScoredRows(LogSource.named([file])[0], columns: columns)
    let judgement = Judgement(rows, bins: bins)
    if json {
      print(try JSONText.results(judgement), terminator: "")
    } else {
      show(judgement)
    }
  }

  private func show(_ judgement: Judgement) {
    var table = TextTable("measure", "value", "")
    func add(_ name: String, _ value: Double?, _ note: String = "") {
      let reason = value == nil ? judgement.reason ?? "" : note
      table.add(name, fixed(value, 6), reason)
    }
    table.add("rows", "\(judgement.rows)", "")
    add("click rate", judgement.clickRate)
    add("AUC", judgement.auc)
    if let grouped = judgement.groupedAUC {
      let note = "\(grouped.groups) of \(grouped.allGroups) groups have both clicks and non-clicks"
      table.add("AUC within groups", fixed(grouped.value, 6), note)
    }
    add("average precision", judgement.averagePrecision)
    add("LogLoss", judgement.logLoss)
    add("normalized entropy", judgement.normalizedEntropy)
    add("calibration", judgement.calibration, "predicted clicks / clicks")
    add("calibration error", judgement.calibrationError, "mean |predicted − clicked| over bins")
    print(table)
    guard !judgement.reliability.isEmpty else { return }
    var bins = TextTable("predicted", "clicked", "weight")
    for bin in judgement.reliability {
      bins.add(fixed(bin.predicted, 5), fixed(bin.clicked, 5), fixed(bin.weight, 0))
    }
    print("\n\(bins)")
  }
}

/// Everything that can be said of scores.
private struct Judgement: Encodable {
  let rows: Int
  let clickRate: Double?
  let auc: Double?
  let groupedAUC: Metrics.GroupedAUC?
  let averagePrecision: Double?
  let logLoss: Double?
  let normalizedEntropy: Double?
  let calibration: Double?
  let calibrationError: Double?
  let reliability: [Metrics.ReliabilityBin]
  /// Why something is missing.
  let reason: String?

  init(_ given: ScoredRows, bins: Int) {
    var sums = LossSums()
    sums.add(given.scores, labels: given.labels, weights: given.weights)
    let ranking = Ranking(given.scores, labels: given.labels, weights: given.weights)
    let isProbability = given.scores.allSatisfy { (0...1).contains($0) }
    rows = given.scores.count
    clickRate = sums.weight > 0 ? sums.clicks / sums.weight : nil
    auc = ranking.auc
    averagePrecision = ranking.averagePrecision
    groupedAUC = given.groups.flatMap {
      Metrics.groupedAUC(given.scores, labels: given.labels, weights: given.weights, groups: $0)
    }
    logLoss = isProbability ? sums.logLoss : nil
    normalizedEntropy = isProbability ? sums.normalizedEntropy : nil
    calibration = isProbability ? sums.calibration : nil
    reliability = Metrics.reliability(
      given.scores, labels: given.labels, weights: given.weights, bins: bins)
    calibrationError = Metrics.expectedCalibrationError(reliability)
    reason =
      sums.undefined?.description ?? (isProbability ? nil : "a score is not between 0 and 1")
  }
}
