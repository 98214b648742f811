import ArgumentParser
import DeepFMKit

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Trains the same batches on the reference and on a device, and compares.",
    discussion: ConfigurationOptions.help)

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
    var console = Console()
    let rows = try data.load(configuration, &console)
    console.say("reference against \(backend.description)")

    let cancellation = Cancellation()
    let result = try withInterrupt(cancellation) {
      try Verification.run(
        rows, configuration: configuration, backend: backend, steps: steps,
        cancellation: cancellation
      ) { step in
        console.progress(
          "step \(step.step)/\(steps)  loss \(fixed(step.device, 6))  relative difference "
            + scientific(step.relativeDifference))
      }
    }
    console.clear()
    print(lossTable(result.steps))
    print()
    print(parameterTable(result.parameters))
    print()

    let passed = result.largestLossDifference <= tolerance && !result.steps.isEmpty
    print(
      "\(passed ? "PASS" : "FAIL"): over \(result.steps.count) steps losses differ by at most "
        + "\(scientific(result.largestLossDifference)) (relative; \(scientific(tolerance)) allowed)"
    )
    if !passed { throw ExitCode.failure }
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
