import Features
import Models
import Operators

/// How fast a model trains: whole steps, loader included, at one batch size.
public struct TrainingBenchmark: Sendable {
  /// The samples of a step.
  public let batchSize: Int
  /// Samples a second in each measured round, sorted.
  public let rates: [Double]
  /// The part of the time spent waiting for the loader.
  public let loaderShare: Double
  /// All buffers of the network.
  public let plan: MemoryPlan

  /// The median of the rounds.
  public var median: Double { rates[rates.count / 2] }

  /// Measures.
  ///
  /// - Parameters:
  ///   - rows: the rows to train on, as often as it takes.
  ///   - configuration: the model, its recipe and its batch size.
  ///   - rounds: how many rounds of at least `seconds` to measure, after one that is not.
  /// - Throws: as `Network`.
  public static func run(
    on backend: some Backend, _ rows: Dataset, configuration: TrainingConfiguration,
    rounds: Int = 5, seconds: Double = 1
  ) throws -> TrainingBenchmark {
    let batchSize = configuration.batchSize(forRows: rows.rows)
    let (graph, logits) = try ModelRegistry.model(
      named: configuration.model, configuration.sizes
    ).build(layout: rows.layout)
    let network = try Network(
      graph: graph, logits: logits, backend: backend, capacity: batchSize,
      recipe: configuration.recipe, seed: configuration.seed)
    var batches = EndlessBatches(rows, batchSize: batchSize, seed: configuration.seed)
    var measured: [(rate: Double, seconds: Double)] = []
    var waited = Duration.zero
    for round in 0...max(rounds, 1) {
      let (start, waitedBefore) = (ContinuousClock.now, batches.waited)
      var steps = 0
      repeat {
        // A few steps are queued at once, as in training.
        for _ in 0..<4 { try network.train(batches.next()) }
        try backend.finish()
        steps += 4
      } while (ContinuousClock.now - start).seconds < seconds
      let elapsed = (ContinuousClock.now - start).seconds
      guard round > 0 else { continue }
      measured.append((Double(steps * batchSize) / elapsed, elapsed))
      waited += batches.waited - waitedBefore
    }
    return TrainingBenchmark(
      batchSize: batchSize, rates: measured.map(\.rate).sorted(),
      loaderShare: waited.seconds / measured.reduce(0) { $0 + $1.seconds }, plan: network.plan)
  }
}

/// Full batches of one epoch after the other.
private struct EndlessBatches {
  private let rows: Dataset
  private let batchSize: Int
  private let seed: UInt64
  private var epoch = 1
  private var loader: BatchLoader
  private var waitedBefore = Duration.zero

  init(_ rows: Dataset, batchSize: Int, seed: UInt64) {
    (self.rows, self.batchSize, self.seed) = (rows, batchSize, seed)
    loader = BatchLoader(rows, batchSize: batchSize, order: .shuffled(seed: seed, epoch: 1))
  }

  var waited: Duration { waitedBefore + loader.waited }

  mutating func next() -> Batch {
    while true {
      if let batch = loader.next(), batch.rows == batchSize || rows.rows < batchSize {
        return batch
      }
      epoch += 1
      waitedBefore += loader.waited
      loader = BatchLoader(
        rows, batchSize: batchSize, order: .shuffled(seed: seed, epoch: epoch))
    }
  }
}
