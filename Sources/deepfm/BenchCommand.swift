import ArgumentParser
import DeepFMKit
import Foundation

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures speed.",
    subcommands: [BenchTrainCommand.self, BenchOperatorsCommand.self])
}

struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Measures training on rows shaped like Criteo's: 39 fields, a million features.",
    discussion: """
      Whole steps are measured, batch preparation included: the median of several rounds, with the \
      slowest and the fastest beside it. Unless asked for otherwise, a step is the bare one that \
      other toolkits are measured with: no dropout, batch norm, L2 or clipping, and only touched \
      rows of the tables are updated.

      \(ConfigurationOptions.help)
      """)

  @OptionGroup var device: DeviceOptions

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("The batch sizes to measure.", valueName: "rows"))
  var batches = [256, 4096, 10_000]

  @Option(help: "The number of rows to make.")
  var rows = 400_000

  @Option(help: "Measured rounds for each batch size.")
  var rounds = 5

  @Option(help: "The least length of a round in seconds.")
  var seconds = 1.0

  @OptionGroup var settings: ConfigurationOptions

  private static let bareStep: TrainingSettings = {
    var settings = TrainingSettings()
    for (key, value) in [
      ("dropout", "0"), ("batch_norm", "false"), ("tables", "touched"), ("clip_norm", "0"),
      ("wide_l2", "0"), ("embedding_l2", "0"), ("deep_l2", "0"),
    ] {
      settings.set(key, to: value, origin: "bench")
    }
    return settings
  }()

  func run() throws {
    try measure(on: device.backend())
  }

  private func measure(on backend: some Backend) throws {
    let console = Console()
    console.say("making \(rows) rows …")
    let dataset = try SyntheticLog.criteoShaped().dataset(rows: 0..<rows)
    print("device: \(backend.description)")
    print("cores: \(usableCores)")

    var table = TextTable(
      "model", "batch", "samples/s", "slowest", "fastest", "ms/step", "loader wait", "memory")
    for batch in batches {
      var all = Self.bareStep
      try all.merge(settings.merged())
      all.set("batch_size", to: "\(batch)", origin: "--batches")
      let configuration = try TrainingConfiguration(all)
      console.progress("\(configuration.model), batch \(batch) …")
      let result = try TrainingBenchmark.run(
        on: backend, dataset, configuration: configuration, rounds: rounds, seconds: seconds)
      table.add(
        configuration.model, "\(batch)", rate(result.median), rate(result.rates[0]),
        rate(result.rates[result.rates.count - 1]), fixed(1e3 * Double(batch) / result.median, 2),
        fixed(100 * result.loaderShare, 1) + " %", bytes(result.plan.total))
    }
    console.clear()
    print(table)
  }
}

/// The cores this process may run on, as Linux lists them: `0-1`, or `0` under `taskset -c 0`.
private var usableCores: String {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
  return line?.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? "unknown"
}
