import ArgumentParser
import DeepFMKit
import Diagnostics
import Foundation
import Reports
import Support

struct BenchScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Measures how a training step grows with one size at a time, beside its floor.",
    discussion: """
      Varied from a batch of 4096, 39 fields, k = 10, hidden 400-400-400 and a table of a million \
      rows. The floor is the time of the dense layers' arithmetic and of the tables' traffic at the \
      rates of independent multiply-adds and of a long copy, measured before each point. Tables are \
      updated by Adagrad unless asked for otherwise.
      """)

  @OptionGroup var device: DeviceOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("What to vary: batch, fields, k, width, rows.", valueName: "size"))
  var vary: [ScalingBenchmark.Size] = ScalingBenchmark.Size.allCases

  @Option(
    help: ArgumentHelp(
      "The largest table to measure; 100000000 rows need 9 GiB of memory.", valueName: "rows"))
  var largestTable = 10_000_000

  @Option(
    help: ArgumentHelp(
      "A folder for scaling.json, .md and .html; the first two are put together over several calls.",
      valueName: "folder"), completion: .directory)
  var out: String?

  @OptionGroup var settings: ConfigurationOptions

  func run() throws {
    try measure(on: device.backend())
  }

  private func measure(on backend: some Backend) throws {
    let console = Console()
    let configuration = try configuration()
    print("device: \(backend.description)\ncores: \(ProcessStatus.cores)")
    var points: [ScalingBenchmark.Point] = []
    for size in vary {
      for value in size.values(largestTable: largestTable) {
        console.progress("\(size.rawValue) \(value) …")
        // Anew for each point: a machine that others share does not keep its speed for long.
        let point = try ScalingBenchmark().measure(
          size, value, on: backend, ceiling: .measure(on: backend), configuration: configuration)
        points.append(point)
      }
    }
    console.clear()
    let report = ScalingReport(
      points: points, device: backend.description, cores: ProcessStatus.cores)
    print("ceiling: \(report.ceiling)\n\n\(report.table(points))")
    if let out { try report.write(to: out) }
  }

  /// The bare step, with Adagrad on the tables; what was asked for over it.
  private func configuration() throws -> TrainingConfiguration {
    var all = BenchOptions.bareStep
    for group in ["embedding", "wide"] {
      all.set("\(group)_optimizer", to: "adagrad", origin: "bench")
    }
    try all.merge(settings.merged())
    return try TrainingConfiguration(all)
  }
}

extension ScalingBenchmark.Size: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(rawValue: argument == "rows" ? "table rows" : argument)
  }
}
