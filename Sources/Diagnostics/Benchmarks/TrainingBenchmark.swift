import Cluster
import Data
import Features
import Models
import Operators
import Support
import Training

/// How fast a model trains: whole steps, batch preparation included, at one batch size.
///
/// Measured in rounds, so that a caller can run other programs between them.
package final class TrainingBenchmark<B: Backend> {
  /// The samples of a step.
  package let batchSize: Int
  /// All buffers of the network.
  package let plan: MemoryPlan
  /// What this rank has sent; nil where batches are not cut into pieces.
  package var traffic: StepTraffic? { pieces?.traffic }

  private let network: Network<B>
  /// What computes the gradients where batches are cut into pieces; nil where the network does.
  private let pieces: PieceNetwork<B>?
  private var learner: any Learner { pieces ?? network }
  private var batches: EndlessBatches

  /// Makes the network and warms it up.
  ///
  /// - Parameters:
  ///   - backend: what to run on.
  ///   - rows: the rows to train on, as often as it takes.
  ///   - configuration: the model, its recipe and its batch size.
  ///   - ranks: what trains together, each on the same rows.
  /// - Throws: as `Network`, and for ranks that cannot share the pieces of a batch.
  package init(
    on backend: B, _ rows: Dataset, configuration: TrainingConfiguration,
    ranks: any Communicator = Alone()
  ) throws {
    batchSize = configuration.batchSize(forRows: rows.rows)
    pieces = try configuration.pieceNetwork(
      layout: rows.layout, rows: rows.rows, recipe: configuration.recipe, on: backend, ranks)
    network =
      try pieces?.network
      ?? configuration.trainingNetwork(layout: rows.layout, rows: rows.rows, on: backend)
    var plan = pieces?.memory ?? network.memory
    let kept = try network.keep(rows, beside: plan)
    plan.add(kept, "training rows")
    self.plan = plan
    let (network, part) = (network, pieces?.part)
    batches = EndlessBatches(of: min(batchSize, rows.rows)) { epoch in
      network.batches(
        of: rows, order: .shuffled(seed: configuration.seed, epoch: epoch), part: part, kept: kept)
    }
    let first = rows.batch(of: 0..<min(batchSize, rows.rows))
    try pieces.map { try $0.warmUp(first) } ?? network.warmUp(first)
  }

  /// Trains for at least `seconds`.
  package func round(seconds: Double) throws -> BenchmarkRound {
    let (start, waitedBefore) = (ContinuousClock.now, batches.waited)
    var steps = 0
    repeat {
      // A few steps are queued at once, as in training.
      for _ in 0..<4 { try learner.train(batches.next(), rateFactor: 1) }
      try network.backend.finish()
      steps += 4
    } while try !learner.agree(toStop: (ContinuousClock.now - start).seconds >= seconds)
    return BenchmarkRound(
      samples: steps * batchSize, seconds: (ContinuousClock.now - start).seconds,
      waited: (batches.waited - waitedBefore).seconds)
  }
}

/// One measured stretch.
package struct BenchmarkRound: Sendable, Codable {
  /// The samples that went through.
  package let samples: Int
  /// How long it took.
  package let seconds: Double
  /// How much of that was spent waiting for batches.
  package let waited: Double

  /// Samples a second.
  package var rate: Double { Double(samples) / seconds }
}

/// Full batches of one epoch after the other.
private struct EndlessBatches {
  private let batchSize: Int
  private let load: (_ epoch: Int) -> BatchLoader
  private var epoch = 1
  private var loader: BatchLoader
  private var waitedBefore = Duration.zero

  /// - Parameters:
  ///   - batchSize: the rows of a full batch, at most those of an epoch.
  ///   - load: the batches of an epoch, from 1.
  init(of batchSize: Int, load: @escaping (_ epoch: Int) -> BatchLoader) {
    (self.batchSize, self.load) = (batchSize, load)
    loader = load(1)
  }

  var waited: Duration { waitedBefore + loader.waited }

  mutating func next() -> Batch {
    while true {
      if let batch = loader.next(), batch.wholeRows == batchSize { return batch }
      epoch += 1
      waitedBefore += loader.waited
      loader = load(epoch)
    }
  }
}
