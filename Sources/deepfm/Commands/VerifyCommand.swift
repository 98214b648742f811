import ArgumentParser
import DeepFMKit
import Diagnostics
import Reports

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Trains the same batches on the reference and on a device, and compares.",
    discussion: """
      Before each step both are set to the same numbers, so that every step is held to the precision \
      of one: its loss, the gradient of each parameter, and what the optimizer made of it, each \
      relative to the reference's own size.

      With --free both go on by themselves from the same seed, as trainings do. Where a relu's input \
      is near 0, rounding decides whether the unit takes part, and from then on the two go apart \
      though neither is wrong. When the device leaves the tolerance, the reference is therefore run \
      against itself with its weights shaken by a millionth after each step, which is about what \
      rounding adds up to: the device passes if it stayed within the tolerance for at least half as \
      many steps.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var device: DeviceOptions

  @Option(help: "The number of training steps.")
  var steps = 200

  @Flag(help: "Let both go on by themselves instead of beginning each step with the same numbers.")
  var free = false

  @Option(
    help: "The largest relative difference of losses that passes. (default: 1e-5; 1e-4 with --free)"
  )
  var tolerance: Double?

  @Option(help: "The largest relative difference of a parameter's gradient that passes.")
  var gradientTolerance = 1e-2

  @OptionGroup var settings: ConfigurationOptions

  func run() throws {
    let configuration = try settings.configuration()
    let backend = try device.checkedOpenCL()
    let console = Console()
    let rows = try data.load(configuration, settings: settings.flags, console)
    console.say("reference against \(backend.description)")
    let passed =
      try free
      ? compareFree(rows, configuration, backend, console)
      : compareSteps(rows, configuration, backend, console)
    if !passed { throw ExitCode.failure }
  }

  // MARK: Step by step

  private func compareSteps(
    _ rows: TrainingData, _ configuration: TrainingConfiguration, _ backend: OpenCLBackend,
    _ console: Console
  ) throws -> Bool {
    let tolerance = tolerance ?? 1e-5
    let cancellation = Cancellation()
    let checks = try withInterrupt(cancellation) {
      try Verification.runStepwise(
        rows, configuration: configuration, backend: backend, steps: steps,
        cancellation: cancellation
      ) { check in
        console.progress(
          "step \(check.losses.step)/\(steps)  loss \(fixed(check.losses.device, 6))  "
            + "relative difference \(scientific(check.losses.relativeDifference))")
      }
    }
    console.clear()
    print(lossTable(checks.map(\.losses)))
    print()
    var table = TextTable("largest over all steps", "parameter", "step", "relative difference")
    func add(_ name: String, _ distance: (Verification.StepCheck) -> Verification.Distance) {
      guard let worst = checks.max(by: { distance($0).value < distance($1).value }) else { return }
      table.add(
        name, distance(worst).parameter, "\(worst.losses.step)", scientific(distance(worst).value))
    }
    add("gradient", \.gradient)
    add("change by the optimizer", \.change)
    print(table)
    print()
    guard let loss = checks.map(\.losses.relativeDifference).max(),
      let gradient = checks.map(\.gradient.value).max()
    else { return false }
    let passed = loss <= tolerance && gradient <= gradientTolerance
    print(
      "\(passed ? "PASS" : "FAIL"): over \(checks.count) steps from equal numbers losses differ by "
        + "at most \(scientific(loss)) (\(scientific(tolerance)) allowed), gradients by "
        + "\(scientific(gradient)) (\(scientific(gradientTolerance)) allowed)")
    return passed
  }

  // MARK: Free running

  private func compareFree(
    _ rows: TrainingData, _ configuration: TrainingConfiguration, _ backend: OpenCLBackend,
    _ console: Console
  ) throws -> Bool {
    let tolerance = tolerance ?? 1e-4
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
      guard !result.steps.isEmpty else { return false }
      print(
        "PASS: over \(result.steps.count) steps losses differ by at most "
          + "\(scientific(result.largestLossDifference)) (relative)")
      return true
    }

    console.say("losses differ by more than \(scientific(tolerance)) from step \(first) on")
    let perturbed = try withInterrupt(cancellation) {
      try Verification.runPerturbed(
        rows, configuration: configuration, steps: result.steps.count, cancellation: cancellation,
        report: progress(console, "perturbed reference"))
    }
    console.clear()
    let limit = perturbed.firstStep(beyond: tolerance)
    let passed = limit.map { first >= ($0 + 1) / 2 } ?? false
    print(
      "\(passed ? "PASS" : "FAIL"): losses differ by more than \(scientific(tolerance)) from step "
        + "\(first) on; by rounding alone "
        + (limit.map { "the reference differs from itself as much from step \($0) on" }
          ?? "the reference stays within \(scientific(perturbed.largestLossDifference))"))
    return passed
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
