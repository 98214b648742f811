import ABTesting
import ArgumentParser
import Reports

struct ABPlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Says how many rows a test needs to see a lift of a click rate.",
    discussion: """
      Rows of one unit count for less than as many units: multiply by the design effect that deepfm ab \
      analyze prints for a log of the metric.

        deepfm ab plan --rate 0.05 --lift 0.1 --design-effect 1.7
      """)

  @Option(help: ArgumentHelp("The control's click rate.", valueName: "share"))
  var rate: Double

  @Option(help: ArgumentHelp("The relative lift to be seen, as 0.1.", valueName: "share"))
  var lift: Double

  @Option(help: ArgumentHelp("The chance of an alarm without a difference.", valueName: "share"))
  var alpha = 0.05

  @Option(
    help: ArgumentHelp("The chance of seeing the lift where it is there.", valueName: "share"))
  var power = 0.8

  @Option(
    help: ArgumentHelp(
      "How many times larger the variance is than if rows were drawn one by one.",
      valueName: "factor"))
  var designEffect = 1.0

  func validate() throws {
    guard rate > 0 && rate < 1 else { throw ValidationError("--rate is between 0 and 1") }
    guard lift != 0 && rate * (1 + lift) > 0 && rate * (1 + lift) < 1 else {
      throw ValidationError("--lift leaves a rate between 0 and 1, and is not 0")
    }
    guard alpha > 0 && alpha < 1 && power > 0 && power < 1 else {
      throw ValidationError("--alpha and --power are between 0 and 1")
    }
    guard designEffect > 0 else { throw ValidationError("--design-effect is above 0") }
  }

  func run() throws {
    let plan = Power(alpha: alpha, power: power)
    var table = TextTable("test of two shares", "rows an arm")
    for (name, method) in [
      ("common variance (z-test)", Power.Proportions.pooled), ("own variances", .unpooled),
      ("arcsine", .arcsine),
    ] {
      let rows = plan.trials(share: rate, lift: lift, by: method) * designEffect
      table.add(name, fixed(rows.rounded(.up), 0))
    }
    print(table)
  }
}
