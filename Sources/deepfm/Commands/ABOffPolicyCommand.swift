import ABTesting
import ArgumentParser
import DeepFMKit
import Reports
import Support

struct ABOffPolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "off-policy",
    abstract: "Estimates from one policy's log what another policy would have earned.",
    discussion: """
      The log has a row a round: what came of what was shown, how likely it was to be shown (its propensity), and \
      how likely the other policy would have shown it: a column (--target), or a table by columns of the log \
      (--policy; what is not in it is never shown).

        deepfm ab off-policy log.csv --reward click --propensity p --target q
        deepfm ab off-policy log.csv --reward click --propensity p --policy policy.csv

      With what a model expects, of what was shown (--predicted) and of the other policy (--expected, the sum over \
      all actions), the direct method and the doubly robust ones are printed too. One pass, bounded memory. \
      Intervals are by drawing rounds anew; a warning says where the log does not support the estimate.
      """)

  @Argument(
    help: ArgumentHelp(
      "The log: one or more files, patterns, or - for standard input.", valueName: "file"),
    completion: .file())
  var logs: [String]

  @Option(help: ArgumentHelp("The column of what was earned.", valueName: "column"))
  var reward: String

  @Option(
    help: ArgumentHelp("The column of how likely it was to be shown.", valueName: "column"))
  var propensity: String

  @Option(
    help: ArgumentHelp(
      "The column of how likely the other policy shows it.", valueName: "column"))
  var target: String?

  @Option(
    help: ArgumentHelp(
      "The other policy as a table: columns of the log, and 'probability'.", valueName: "file"),
    completion: .file())
  var policy: String?

  @Option(
    help: ArgumentHelp("The column of what a model expects of it.", valueName: "column"))
  var predicted: String?

  @Option(
    help: ArgumentHelp(
      "The column of what a model expects of the other policy.", valueName: "column"))
  var expected: String?

  @Option(
    help: ArgumentHelp("The weight above which the switch takes the model.", valueName: "number"))
  var bound = 10.0

  @Option(help: ArgumentHelp("How often rounds are drawn anew.", valueName: "times"))
  var repetitions = 1000

  @Option(help: ArgumentHelp("Intervals have 1 less this.", valueName: "share"))
  var alpha = 0.05

  @Option(help: ArgumentHelp("Decides how rounds are drawn.", valueName: "number"))
  var seed: UInt64 = 1

  @OptionGroup var rejection: RejectionOptions

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  func validate() throws {
    guard (target == nil) != (policy == nil) else {
      throw ValidationError("name the other policy by --target or by --policy")
    }
    guard (predicted == nil) == (expected == nil) else {
      throw ValidationError("a model needs both --predicted and --expected")
    }
    guard repetitions >= 20 else { throw ValidationError("--repetitions is at least 20") }
    guard alpha > 0 && alpha < 1 else { throw ValidationError("--alpha is between 0 and 1") }
    guard bound > 0 else { throw ValidationError("--bound is above 0") }
  }

  func run() throws {
    let other: OffPolicyColumns.Target =
      try policy.map { .table(try PolicyTable(.file($0))) } ?? .column(target!)
    let columns = OffPolicyColumns(
      reward: reward, propensity: propensity, target: other,
      model: predicted.map { ($0, expected!) })
    let sources = try LogSource.named(logs)
    let rejects = try rejection.policy(reading: sources, files: [policy])
    let (console, rejected) = (Console(), try RejectedRows(rejects))
    var evaluator = OffPolicyEvaluator(
      hasModel: predicted != nil, bound: bound, repetitions: repetitions, seed: seed, alpha: alpha)
    try evaluator.add(sources, columns, rejecting: rejected)
    try finish(rejected, console)
    guard let result = evaluator.result else {
      throw UserError(
        logs[0], found: "no rounds", expected: "some", remedy: "check the log")
    }
    guard !json else { return print(try JSONText.results(result), terminator: "") }
    print(result.table)
    print()
    for sentence in result.sentences { print("- \(sentence.plain)") }
  }
}
