import ArgumentParser
import Cluster
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
      a process of its own: where a driver crashes or hangs, the others are checked all the same. At the \
      end it says which models train right on the device, by which --gemm: with --quick by the one asked \
      for, else by each that the device has.
      """)

  @OptionGroup var device: DeviceOptions

  @Flag(help: "A few small cases of each operator only.")
  var quick = false

  @Option(help: ArgumentHelp("Only operators whose name contains this.", valueName: "text"))
  var only: String?

  @Flag(help: "The operators alone, not the models.")
  var operatorsOnly = false

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
    let seconds = (ContinuousClock.now - start).seconds
    if !json { show(verdicts, seconds: seconds) }
    let products = quick ? [device.gemm] : ModelVerdict.products(of: backend.device)
    let models = only == nil && !operatorsOnly ? try models(products, console) : []
    if json {
      print(
        try JSONText.results(
          Answer(
            device: backend.description, operators: verdicts, models: models,
            communication: communication)), terminator: "")
    } else {
      if !models.isEmpty { show(models, products) }
      print("communication: \(communication)")
    }
    if verdicts.contains(where: { !$0.passed }) || models.contains(where: { !$0.isSafe }) {
      throw ExitCode.failure
    }
  }

  private struct Answer: Encodable {
    let device: String
    let operators: [OperatorVerdict]
    let models: [ModelVerdict]
    let communication: String
  }

  /// What several ranks would talk by.
  private var communication: String {
    do {
      return try "\(OpenMPI.version()): several ranks by mpirun -n 2 deepfm train ..."
    } catch let error as UserError {
      return "one process only: \(error.found); for several ranks \(error.remedy)"
    } catch {
      return "one process only: \(error)"
    }
  }

  private func models(
    _ products: [MatrixProducts.Policy], _ console: Console
  ) throws -> [ModelVerdict] {
    defer { console.clear() }
    return try ModelRegistry.builtIn.flatMap { model in
      try products.map { products in
        console.progress("\(model.name), --gemm \(products.rawValue) …")
        return try ModelVerdict(
          of: model.name, on: device.device, products,
          by: ["/proc/self/exe", TrustOptions.command], limit: limit)
      }
    }
  }

  /// A row a model, a column a way of multiplying; then what may be used.
  private func show(_ models: [ModelVerdict], _ products: [MatrixProducts.Policy]) {
    let names = ModelRegistry.builtIn.map { $0.name }
    var table = TextTable(["model"] + products.map { "--gemm \($0.rawValue)" })
    for name in names {
      table.add([name] + models.filter { $0.model == name }.map(cell))
    }
    print()
    print(table)
    for verdict in models where !verdict.isSafe {
      print("FAIL \(verdict.model), --gemm \(verdict.gemm.rawValue): \(verdict.fault ?? "")")
    }
    for products in products {
      let safe = models.filter { $0.gemm == products && $0.isSafe }.map { $0.model }
      var list = safe.joined(separator: ", ")
      if safe.count == names.count { list = "all models" }
      if safe.isEmpty { list = "no model" }
      print("safe on this device with --gemm \(products.rawValue): \(list)")
    }
  }

  private func cell(_ verdict: ModelVerdict) -> String {
    guard verdict.isSafe, let share = verdict.share else { return "FAIL" }
    return "right, \(fixed(100 * share, 1)) %"
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
        of: name, on: device.openCL(), isQuick: quick, precision: device.gemm.precision))
  }
}
