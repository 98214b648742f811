import ArgumentParser
import Datasets
import DeepFMKit
import Diagnostics
import Support
import Synthetic

/// What the training and the prediction benchmark have in common.
struct BenchOptions: ParsableArguments {
  @Option(help: "The number of rows to make.")
  var rows = 400_000

  @Option(
    help: ArgumentHelp(
      "A folder that deepfm encode made, whose training rows are taken instead.",
      valueName: "folder"), completion: .directory)
  var data: String?

  @Option(help: "Measured rounds for each batch size.")
  var rounds = 5

  @Option(help: "The least length of a round in seconds.")
  var seconds = 1.0

  @Flag(help: "Print a line of JSON for each batch size instead of a table.")
  var json = false

  @Flag(
    help: ArgumentHelp(
      "Measure a round for each line read from standard input, and print it as JSON.",
      discussion: "So a script can measure several programs in turn. Takes one batch size."))
  var paced = false

  func validate() throws {
    guard rows >= 1 else { throw ValidationError("--rows \(rows): expected at least 1") }
    guard rounds >= 1 else { throw ValidationError("--rounds \(rounds): expected at least 1") }
    guard seconds > 0 else { throw ValidationError("--seconds \(seconds): expected more than 0") }
  }

  /// The rows, made now or mapped.
  func dataset(_ console: Console) throws -> Dataset {
    if let data {
      guard let rows = try DatasetFolder(data).rows(.train) else { throw TrainingError.noRows }
      return rows
    }
    if !paced { console.say("making \(rows) rows …") }
    return try SyntheticLog.criteoShaped().dataset(rows: 0..<rows)
  }

  /// The bare step that other toolkits are measured with.
  static let bareStep: TrainingSettings = {
    var settings = TrainingSettings()
    for (key, value) in [
      ("dropout", "0"), ("self_ensemble", "false"), ("batch_norm", "false"), ("tables", "touched"),
      ("clip_norm", "0"),
      ("wide_l2", "0"), ("embedding_l2", "0"), ("deep_l2", "0"),
    ] {
      settings.set(key, to: value, origin: "bench")
    }
    return settings
  }()

  /// The bare step, and `settings` over it.
  func configuration(
    _ settings: ConfigurationOptions, batchSize: Int
  ) throws -> TrainingConfiguration {
    var all = Self.bareStep
    try all.merge(settings.merged())
    all.set("batch_size", to: "\(batchSize)", origin: "--batches")
    return try TrainingConfiguration(all)
  }

  /// Measures the rounds: as many as asked for after one that does not count.
  func measure(_ round: (Double) throws -> BenchmarkRound) throws -> [BenchmarkRound] {
    _ = try round(seconds / 2)
    return try (0..<rounds).map { _ in try round(seconds) }
  }

  /// Measures a round for each line of standard input.
  func pace(_ round: (Double) throws -> some Encodable) throws {
    let age = ProcessStatus.age
    _ = try round(seconds / 2)
    try JSONLine.print(PacedStart(startup: age))
    while readLine() != nil { try JSONLine.print(round(seconds)) }
    try JSONLine.print(PacedEnd(peakMemory: ProcessStatus.peakMemory))
  }

  /// What a paced measurement says when it is ready: the seconds from the start of the process to
  /// the first step's end, making the rows included.
  private struct PacedStart: Encodable {
    let startup: Double
  }

  /// What a paced measurement says at the end of its input.
  private struct PacedEnd: Encodable {
    let peakMemory: Int
  }
}

/// What was measured at one batch size.
struct BenchResult: Encodable {
  let model: String
  let batch: Int
  let cores: String
  let device: String
  /// Samples a second in each round, sorted.
  let rates: [Double]
  let median: Double
  /// The part of the time spent waiting for batches.
  let waitingShare: Double
  /// All buffers of the network, in bytes.
  let plannedMemory: Int
  /// The most memory of the process so far, in bytes.
  let peakMemory: Int
  /// The training of one epoch, where it was asked for.
  var epoch: EpochBenchmark?

  init(
    _ configuration: TrainingConfiguration, batch: Int, device: String,
    rounds: [BenchmarkRound], plan: MemoryPlan, epoch: EpochBenchmark? = nil
  ) {
    model = configuration.model
    self.batch = batch
    self.device = device
    self.epoch = epoch
    cores = ProcessStatus.cores
    rates = rounds.map(\.rate).sorted()
    median = rates[rates.count / 2]
    waitingShare =
      rounds.reduce(0) { $0 + $1.waited } / rounds.reduce(0) { $0 + $1.seconds }
    plannedMemory = plan.total
    peakMemory = ProcessStatus.peakMemory
  }
}
