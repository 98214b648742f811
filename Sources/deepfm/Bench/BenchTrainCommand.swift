import ArgumentParser
import Cluster
import DeepFMKit
import Diagnostics
import Reports
import Support

struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Measures training on rows shaped like Criteo's: 39 fields, a million features.",
    discussion: """
      Whole steps are measured, batch preparation included: the median of several rounds, with the \
      slowest and the fastest beside it. Unless asked for otherwise, a step is the bare one that \
      other toolkits are measured with: no dropout, batch norm, L2 or clipping, and only touched \
      rows of the tables are updated.

      Several ranks are measured together: mpirun -n 2 deepfm bench train ...
      """)

  @OptionGroup var device: DeviceOptions

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("The batch sizes to measure.", valueName: "rows"))
  var batches = [256, 2000, 4096, 10_000]

  @Flag(
    help: ArgumentHelp(
      "Then train one epoch on the first nine tenths of the rows and judge it by the last tenth."))
  var epoch = false

  @Flag(help: "Instead, show where the time of a step of each batch size goes.")
  var profile = false

  @OptionGroup var options: BenchOptions
  @OptionGroup var settings: ConfigurationOptions

  func validate() throws {
    guard !options.paced || batches.count == 1 else {
      throw ValidationError("--paced measures one batch size; name one after --batches")
    }
  }

  func run() throws {
    if profile { return try showProfiles() }
    let ranks = try Ranks.join()
    try measure(on: device.backend(), ranks)
    try Ranks.leave()
  }

  private func showProfiles() throws {
    let console = Console()
    let rows = try options.dataset(console)
    let backend = try device.openCL(profiling: true)
    print("device: \(backend.description)\ncores: \(ProcessStatus.cores)")
    for batch in batches {
      let configuration = try options.configuration(settings, batchSize: batch)
      console.progress("\(configuration.model), batch \(batch) …")
      let profile = try TrainingProfile.run(on: backend, rows, configuration: configuration)
      console.clear()
      print("\n\(configuration.model)\n\(profileText(profile))")
    }
  }

  private func measure(on backend: some Backend, _ ranks: any Communicator) throws {
    let console = Console()
    guard ranks.count == 1 || !options.paced && !epoch else {
      throw ValidationError("--paced and --epoch are for one rank")
    }
    let rows = try options.dataset(console)
    if options.paced {
      let configuration = try options.configuration(settings, batchSize: batches[0])
      let benchmark = try TrainingBenchmark(on: backend, rows, configuration: configuration)
      return try options.pace { try benchmark.round(seconds: $0) }
    }
    if !options.json {
      print("device: \(backend.description)\ncores: \(ProcessStatus.cores)")
    }
    var table = TextTable(
      "model", "batch", "samples/s", "slowest", "fastest", "ms/step", "loader wait", "memory",
      "AUC after an epoch")
    for batch in batches {
      var configuration = try options.configuration(settings, batchSize: batch)
      configuration.cutBatches(for: ranks)
      console.progress("\(configuration.model), batch \(batch) …")
      let (result, traffic) = try result(on: backend, rows, configuration, ranks)
      if options.json, ranks.isFirst { try JSONLine.print(result) }
      if let traffic, ranks.count > 1 { console.say(trafficText(traffic, ranks)) }
      table.add(
        result.model, "\(batch)", rate(result.median), rate(result.rates[0]),
        rate(result.rates[result.rates.count - 1]),
        fixed(1e3 * Double(result.batch) / result.median, 2),
        fixed(100 * result.waitingShare, 1) + " %", bytes(result.plannedMemory),
        fixed(result.epoch?.auc, 4))
    }
    console.clear()
    if !options.json { print(table) }
  }

  private func result(
    on backend: some Backend, _ rows: Dataset, _ configuration: TrainingConfiguration,
    _ ranks: any Communicator
  ) throws -> (BenchResult, StepTraffic?) {
    let benchmark = try TrainingBenchmark(
      on: backend, rows, configuration: configuration, ranks: ranks)
    let rounds = try options.measure { try benchmark.round(seconds: $0) }
    let judged =
      epoch
      ? try EpochBenchmark.run(
        on: backend, rows, trained: rows.rows - rows.rows / 10, configuration: configuration) : nil
    let result = BenchResult(
      configuration, batch: benchmark.batchSize, device: backend.description, rounds: rounds,
      plan: benchmark.plan, epoch: judged)
    return (result, benchmark.traffic)
  }
}
