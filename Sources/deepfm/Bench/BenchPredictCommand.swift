import ArgumentParser
import DeepFMKit
import Diagnostics
import Reports
import Support

struct BenchPredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Measures prediction: whole batches, and the time of small requests.",
    discussion: """
      Rows are shaped like Criteo's: 39 fields, a million features. Small requests are one user's \
      items, answered one after the other; the median and the 99th percentile of their times are \
      printed, from encoded rows to probabilities.
      """)

  @OptionGroup var device: DeviceOptions

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("The batch sizes to measure.", valueName: "rows"))
  var batches = [1000, 10_000]

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("The items of the small requests.", valueName: "items"))
  var requests = [1, 10, 100, 1000]

  @Flag(help: "With --paced: measure the times of requests as large as the batch.")
  var latency = false

  @OptionGroup var options: BenchOptions
  @OptionGroup var settings: ConfigurationOptions

  func validate() throws {
    guard !options.paced || batches.count == 1 else {
      throw ValidationError("--paced measures one batch size; name one after --batches")
    }
  }

  func run() throws {
    try measure(on: device.backend())
  }

  private func measure(on backend: some Backend) throws {
    let console = Console()
    let rows = try options.dataset(console)
    if options.paced { return try pace(on: backend, rows) }
    if !options.json { print("device: \(backend.description)\ncores: \(ProcessStatus.cores)") }
    var table = TextTable("model", "batch", "samples/s", "slowest", "fastest", "waiting", "memory")
    for batch in batches {
      let configuration = try options.configuration(settings, batchSize: batch)
      console.progress("\(configuration.model), batch \(batch) …")
      let benchmark = try PredictionBenchmark(on: backend, rows, configuration: configuration)
      let result = BenchResult(
        configuration, batch: benchmark.batchSize, device: backend.description,
        rounds: try options.measure { try benchmark.round(seconds: $0) }, plan: benchmark.plan)
      if options.json { try JSONLine.print(result) }
      table.add(
        result.model, "\(batch)", rate(result.median), rate(result.rates[0]),
        rate(result.rates[result.rates.count - 1]), fixed(100 * result.waitingShare, 1) + " %",
        bytes(result.plannedMemory))
    }
    var latencies = TextTable("items", "requests", "median ms", "90 % ms", "99 % ms", "slowest ms")
    for items in requests {
      let latency = try latency(on: backend, rows, items: items)
      if options.json { try JSONLine.print(latency) }
      latencies.add(
        "\(items)", "\(latency.requests)", fixed(1e3 * latency.median, 3),
        fixed(1e3 * latency.percentile90, 3), fixed(1e3 * latency.percentile99, 3),
        fixed(1e3 * latency.slowest, 3))
    }
    console.clear()
    if !options.json {
      print("\(table)\n\nOne user's items, one request after the other:\n\n\(latencies)")
    }
  }

  private func pace(on backend: some Backend, _ rows: Dataset) throws {
    let benchmark = try PredictionBenchmark(
      on: backend, rows,
      configuration: options.configuration(settings, batchSize: batches[0]))
    guard latency else { return try options.pace { try benchmark.round(seconds: $0) } }
    try options.pace { LatencyRound(times: try benchmark.latencies(for: $0)) }
  }

  /// The times of the requests of one round, in seconds.
  private struct LatencyRound: Encodable {
    let times: [Double]
  }

  private func latency(
    on backend: some Backend, _ rows: Dataset, items: Int
  ) throws -> LatencyResult {
    let benchmark = try PredictionBenchmark(
      on: backend, rows, configuration: options.configuration(settings, batchSize: items))
    _ = try benchmark.latencies(for: options.seconds / 5)
    let times = try benchmark.latencies(for: options.seconds * Double(options.rounds))
    return LatencyResult(items: items, times: times)
  }
}

/// The times of small requests, in seconds.
struct LatencyResult: Encodable {
  let items: Int
  let requests: Int
  let median: Double
  let percentile90: Double
  let percentile99: Double
  let slowest: Double

  init(items: Int, times: [Double]) {
    let sorted = times.sorted()
    func percentile(_ share: Double) -> Double {
      sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
    }
    self.items = items
    requests = times.count
    median = percentile(0.5)
    percentile90 = percentile(0.9)
    percentile99 = percentile(0.99)
    slowest = percentile(1)
  }
}
