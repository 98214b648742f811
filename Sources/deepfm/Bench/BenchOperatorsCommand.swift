import ArgumentParser
import DeepFMKit
import Reports

struct BenchOperatorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operators",
    abstract: "Measures each operator against the device's own ceiling.",
    discussion: """
      The ceiling is measured in the same run: the rate of a large square matrix product, and that \
      of a long copy. The last column is the share of whichever of the two bounds the operator. Data \
      that stay in a cache can exceed it.
      """)

  @OptionGroup var device: DeviceOptions

  @Option(help: "The samples of a batch.")
  var rows = 4096

  @Option(help: "Only the operators whose name or form contains this.")
  var only = ""

  func run() throws {
    let cases = OperatorTable.benchmarks(rows: rows)
    let chosen = cases.filter { only.isEmpty || "\($0.name) \($0.form)".contains(only) }
    guard !chosen.isEmpty else {
      throw ValidationError(
        "--only \(only): no operator has this in its name or form; there are "
          + OperatorTable.names(of: cases).joined(separator: ", "))
    }
    try measure(chosen, on: device.backend())
  }

  private func measure(_ cases: [OperatorCase], on backend: some Backend) throws {
    let console = Console()
    console.progress("ceiling …")
    let ceiling = try Roofline.measure(on: backend)
    console.clear()
    print("device: \(backend.description)")
    print(
      "ceiling: \(fixed(ceiling.flops / 1e9, 1)) GFLOP/s, "
        + "\(fixed(ceiling.bandwidth / 1e9, 1)) GB/s\n")
    var table = TextTable(
      "operator", "form", "pass", "ms", "Mflop", "MB", "GFLOP/s", "GB/s", "of ceiling")
    for entry in cases {
      console.progress("\(entry.name) \(entry.form)")
      for timing in try entry.time(on: backend) {
        table.add(
          timing.name, timing.form, timing.pass.rawValue, fixed(1e3 * timing.seconds, 3),
          fixed(timing.cost.flops / 1e6, 1), fixed(timing.cost.bytes / 1e6, 1),
          fixed(timing.gigaflops, 1), fixed(timing.gigabytes, 1),
          fixed(100 * timing.share(of: ceiling), 0) + " %")
      }
    }
    console.clear()
    print(table)
  }
}
