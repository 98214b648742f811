import ArgumentParser
import DeepFMKit
import Diagnostics
import Reports
import Support

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Checks every operator on a device against the reference.",
    discussion: """
      Runs the operator table, forward and gradient, at sizes where kernels go wrong: no samples, \
      one, odd ones, widths that fill no vector, ids that repeat thousands of times. Prints the \
      largest error of each operator, as a share of what rounding allows. Each operator is checked in \
      a process of its own: where a driver crashes or hangs, the others are checked all the same.
      """)

  @OptionGroup var device: DeviceOptions

  @Flag(help: "A few small cases of each operator only.")
  var quick = false

  @Option(help: ArgumentHelp("Only operators whose name contains this.", valueName: "text"))
  var only: String?

  @Option(help: ArgumentHelp("How long an operator may take.", valueName: "seconds"))
  var limit = 600.0

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let backend = try device.openCL()
    let console = Console()
    console.say("checking \(backend.description)")
    let names = OperatorTable.names.filter { name in
      only.map { name.lowercased().contains($0.lowercased()) } ?? true
    }
    guard !names.isEmpty else {
      throw ValidationError(
        "no operator's name contains '\(only ?? "")'; the operators are: "
          + OperatorTable.names.joined(separator: ", "))
    }

    let start = ContinuousClock.now
    let verdicts = try names.map { name in
      console.progress("\(name) …")
      return try OperatorVerdict(
        of: name, by: ["/proc/self/exe"] + CheckOperatorCommand.words(name, device, quick),
        limit: limit)
    }
    console.clear()
    let wrong = verdicts.filter { !$0.passed }
    if json {
      print(
        try JSONText.results(Answer(device: backend.description, operators: verdicts)),
        terminator: "")
    } else {
      show(verdicts, seconds: (ContinuousClock.now - start).seconds)
    }
    if !wrong.isEmpty { throw ExitCode.failure }
  }

  private struct Answer: Encodable {
    let device: String
    let operators: [OperatorVerdict]
  }

  private func show(_ verdicts: [OperatorVerdict], seconds: Double) {
    var table = TextTable("operator", "checks", "largest error", "of allowed", "")
    for verdict in verdicts {
      let isMeasured = verdict.checks > 0
      table.add(
        verdict.name, "\(verdict.checks)", isMeasured ? scientific(verdict.error) : "–",
        isMeasured ? fixed(100 * verdict.share, 1) + " %" : "–", verdict.passed ? "pass" : "FAIL")
    }
    print(table)
    let failures = verdicts.flatMap(\.failures)
    for failure in failures.prefix(20) { print("FAIL \(failure)") }
    print(
      failures.isEmpty
        ? "all operators agree with the reference (\(duration(seconds)))"
        : "\(failures.count) checks failed; please report the above. Whether a model of yours is "
          + "concerned, deepfm train finds out before it trains.")
  }
}

/// The process in which an operator is checked, see `OperatorVerdict`.
struct CheckOperatorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-operator", abstract: "Checks one operator, and prints the verdict.",
    shouldDisplay: false)

  @Argument var name: String
  @OptionGroup var device: DeviceOptions
  @Flag var quick = false

  /// The command's words.
  static func words(_ name: String, _ device: DeviceOptions, _ quick: Bool) -> [String] {
    [_commandName, name, "--device", device.device, "--gemm", device.gemm.rawValue]
      + (quick ? ["--quick"] : [])
  }

  func run() throws {
    try JSONLine.print(
      OperatorVerdict(
        of: name, on: device.openCL(), isQuick: quick, allowance: device.gemm.allowance))
  }
}
