import ABTesting
import ArgumentParser
import DeepFMKit
import Reports
import Support

struct ABPlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Says how long a test has to be to see a lift, by a log of the metric or by a rate.",
    discussion: """
      By a log of the metric from before the test, with the file that ab analyze takes (its arms need not be in \
      the log): how many units come in so many days, how they scatter, and the least lift that so many days show, \
      each day in one pass.

        deepfm ab plan --log last-week.csv --test test.yaml --lift 0.05

      Or by a click rate alone: the rows that each arm needs. Rows of one unit count for less than as many units: \
      multiply by a design effect, which plan and analyze print for a log.

        deepfm ab plan --rate 0.05 --lift 0.1 --design-effect 1.7
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Logs of the metric, or - for standard input.", valueName: "file"),
    completion: .file())
  var log: [String] = []

  @Option(
    help: ArgumentHelp("The YAML file that says what is to be tested.", valueName: "file"),
    completion: .file())
  var test: String?

  @Option(help: ArgumentHelp("The share of units that would take part.", valueName: "share"))
  var coverage = 1.0

  @Option(help: ArgumentHelp("The control's click rate, in place of a log.", valueName: "share"))
  var rate: Double?

  @Option(help: ArgumentHelp("The relative lift to be seen, as 0.1.", valueName: "share"))
  var lift: Double

  @Option(
    help: ArgumentHelp(
      "The chance of an alarm without a difference; a test's file has its own.",
      valueName: "share"))
  var alpha: Double?

  @Option(
    help: ArgumentHelp("The chance of seeing the lift where it is there.", valueName: "share"))
  var power = 0.8

  @Option(
    help: ArgumentHelp(
      "How many times larger the variance is than if rows were drawn one by one.",
      valueName: "factor"))
  var designEffect = 1.0

  @OptionGroup var rejection: RejectionOptions

  @Flag(help: "Print JSON in place of tables.")
  var json = false

  func validate() throws {
    guard (rate == nil) == !log.isEmpty, log.isEmpty == (test == nil) else {
      throw ValidationError("give --log with --test, or --rate")
    }
    if let rate {
      guard rate > 0 && rate < 1 else { throw ValidationError("--rate is between 0 and 1") }
      guard rate * (1 + lift) > 0 && rate * (1 + lift) < 1 else {
        throw ValidationError("--lift leaves a rate between 0 and 1")
      }
    }
    guard lift != 0 else { throw ValidationError("--lift is not 0") }
    guard alpha.map({ $0 > 0 && $0 < 1 }) ?? true, power > 0 && power < 1 else {
      throw ValidationError("--alpha and --power are between 0 and 1")
    }
    guard designEffect > 0 else { throw ValidationError("--design-effect is above 0") }
    guard coverage > 0 && coverage <= 1 else {
      throw ValidationError("--coverage is above 0, at most 1")
    }
  }

  func run() throws {
    guard let rate else { return try planByLog() }
    let plan = Power(alpha: alpha ?? 0.05, power: power)
    let methods: [(name: String, method: Power.Proportions)] = [
      ("common variance (z-test)", .pooled), ("own variances", .unpooled), ("arcsine", .arcsine),
    ]
    let rows = methods.map {
      (plan.trials(share: rate, lift: lift, by: $0.method) * designEffect).rounded(.up)
    }
    guard !json else {
      let named = Dictionary(uniqueKeysWithValues: zip(methods.map(\.name), rows))
      return print(try JSONText.results(["rows_per_arm": named]), terminator: "")
    }
    var table = TextTable("test of two shares", "rows an arm")
    for (method, rows) in zip(methods, rows) { table.add(method.name, fixed(rows, 0)) }
    print(table)
  }

  private func planByLog() throws {
    let definition = try ABTest(contentsOf: test!)
    let sources = try LogSource.named(log)
    let policy = try rejection.policy(reading: sources, files: [test])
    let (console, rejected) = (Console(), try RejectedRows(policy))
    let plans = try MetricPlan.plans(
      definition, of: sources, lift: lift, coverage: coverage,
      power: Power(alpha: alpha ?? definition.alpha, power: power), rejecting: rejected)
    try finish(rejected, console)
    guard !json else { return print(try JSONText.results(plans), terminator: "") }
    for plan in plans {
      print(plan.table)
      print()
    }
    for plan in plans { print("- \(plan.sentence.plain)") }
  }
}
