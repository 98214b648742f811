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
      largest error of each operator, as a share of what rounding allows.
      """)

  @OptionGroup var device: DeviceOptions

  @Flag(help: "A few small cases of each operator only.")
  var quick = false

  @Option(help: ArgumentHelp("Only operators whose name contains this.", valueName: "text"))
  var only: String?

  func run() throws {
    let backend = try device.checkedOpenCL()
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
    var table = TextTable("operator", "checks", "largest error", "of allowed", "")
    var failures: [CheckResult] = []
    for name in names {
      let results = check(name, on: backend, console)
      failures += results.filter { !$0.passed }
      let worst = results.max { share($0) < share($1) }
      table.add(
        name, "\(results.count)", worst.map { scientific($0.error) } ?? "–",
        worst.map { fixed(100 * share($0), 1) + " %" } ?? "–",
        results.allSatisfy(\.passed) ? "pass" : "FAIL")
    }
    console.clear()
    print(table)
    for failure in failures.prefix(20) {
      print(
        "FAIL \(failure.name) \(failure.form), \(failure.rows) samples: \(failure.failure ?? "")")
    }
    let seconds = (ContinuousClock.now - start).seconds
    print(
      failures.isEmpty
        ? "all operators agree with the reference (\(duration(seconds)))"
        : "\(failures.count) checks failed; do not train on this device, and please report the above"
    )
    if !failures.isEmpty { throw ExitCode.failure }
  }

  private func check(
    _ name: String, on backend: OpenCLBackend, _ console: Console
  ) -> [CheckResult] {
    let cases =
      quick
      ? OperatorTable.fewCases(of: name) : OperatorTable.cases.filter { $0.name == name }
    var results: [CheckResult] = []
    for result in OperatorTable.check(
      on: backend, cases: cases, upTo: quick ? 31 : .max, many: !quick)
    {
      console.progress("\(name): \(result.form), \(result.rows) samples")
      results.append(result)
    }
    return results
  }

  private func share(_ result: CheckResult) -> Double {
    result.tolerance > 0 ? result.error / result.tolerance : 0
  }
}
