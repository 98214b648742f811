import ArgumentParser
import DeepFMKit

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Trains the same batches on the reference and on a device, and compares.",
    discussion: """
      Both start from the same seed and go on by themselves. Where a relu's input is near 0, rounding \
      decides whether the unit takes part, and from then on the two go apart though neither is wrong. \
      When the device leaves the tolerance, the reference is therefore run against itself with its \
      weights shaken by a millionth after each step, which is about what rounding adds up to: the \
      device passes if it stayed within the tolerance for at least half as many steps.

      \(ConfigurationOptions.help)
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var device: DeviceOptions

  @Option(help: "The number of training steps.")
  var steps = 200

  @Option(help: "The largest relative difference of losses that passes.")
  var tolerance = 1e-4

  @OptionGroup var settings: ConfigurationOptions

  func run() throws {
    let configuration = try settings.configuration()
    let backend = try device.openCL()
    let console = Console()
    let rows = try data.load(configuration, console)
    console.say("reference against \(backend.description)")

    let cancellation = Cancellation()
    let result = try withInterrupt(cancellation) {
      try Verification.run(
        rows, configuration: configuration, backend: backend, steps: steps,
        cancellation: cancellation, report: progress(console, "device"))
    }
    console.clear()
    print(lossTable(result.steps))
    print()
    print(parameterTable(result.parameters))
    print()
    guard let first = result.firstStep(beyond: tolerance) else {
      guard !result.steps.isEmpty else { throw ExitCode.failure }
      print(
        "PASS: over \(result.steps.count) steps losses differ by at most "
          + "\(scientific(result.largestLossDifference)) (relative)")
      return
    }

    console.say("losses differ by more than \(scientific(tolerance)) from step \(first) on")
    let shaken = try withInterrupt(cancellation) {
      try Verification.runShaken(
        rows, configuration: configuration, steps: result.steps.count, cancellation: cancellation,
        report: progress(console, "shaken reference"))
    }
    console.clear()
    let limit = shaken.firstStep(beyond: tolerance)
    let passed = limit.map { first >= ($0 + 1) / 2 } ?? false
    print(
      "\(passed ? "PASS" : "FAIL"): losses differ by more than \(scientific(tolerance)) from step "
        + "\(first) on; by rounding alone "
        + (limit.map { "the reference differs from itself as much from step \($0) on" }
          ?? "the reference stays within \(scientific(shaken.largestLossDifference))"))
    if !passed { throw ExitCode.failure }
  }

  private func progress(
    _ console: Console, _ name: String
  ) -> (Verification.Step) -> Void {
    { step in
      console.progress(
        "\(name): step \(step.step)/\(steps)  loss \(fixed(step.device, 6))  relative difference "
          + scientific(step.relativeDifference))
    }
  }

  /// The steps 1, 2, 5, 10, 20, 50, …, the last, and the worst.
  private func lossTable(_ steps: [Verification.Step]) -> TextTable {
    var table = TextTable("step", "loss, reference", "loss, device", "relative difference")
    let worst = steps.max { $0.relativeDifference < $1.relativeDifference }?.step
    let decades = [1, 2, 5].flatMap { first in
      sequence(first: first) { $0 * 10 }.prefix { $0 <= steps.count }
    }
    let shown = Set(decades + [steps.count] + (worst.map { [$0] } ?? []))
    for step in steps where shown.contains(step.step) {
      table.add(
        "\(step.step)", fixed(step.reference, 8), fixed(step.device, 8),
        scientific(step.relativeDifference) + (step.step == worst ? "  largest" : ""))
    }
    return table
  }

  private func parameterTable(_ parameters: [Verification.Difference]) -> TextTable {
    var table = TextTable("parameter", "largest difference", "largest value")
    for parameter in parameters {
      table.add(parameter.parameter, scientific(parameter.largest), scientific(parameter.scale))
    }
    return table
  }
}
