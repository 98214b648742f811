import Data
import Features
import Models
import Operators
import Support
import Training

/// How fast a model predicts: whole batches, or small requests one after the other.
package final class PredictionBenchmark<B: Backend> {
  /// The samples of a batch or request.
  package let batchSize: Int
  /// All buffers of the network.
  package var plan: MemoryPlan { network.memory }

  private let network: Network<B>
  private let rows: Dataset
  private var requests = 0

  /// Makes the network, with initial weights, and warms it up.
  ///
  /// - Parameters:
  ///   - backend: what to run on.
  ///   - rows: the rows to predict.
  ///   - configuration: the model and its batch size.
  /// - Throws: as `Network`.
  package init(
    on backend: B, _ rows: Dataset, configuration: TrainingConfiguration
  ) throws {
    batchSize = min(configuration.batchSize(forRows: rows.rows), rows.rows)
    self.rows = rows
    network = try configuration.network(
      layout: rows.layout, capacity: batchSize, recipe: nil, on: backend)
    _ = try network.predict(rows.batch(of: 0..<batchSize))
  }

  /// Predicts all rows in batches, again and again, for at least `seconds`.
  package func round(seconds: Double) throws -> BenchmarkRound {
    let start = ContinuousClock.now
    var (samples, waited) = (0, Duration.zero)
    // As predictions do it: what came of a batch is taken while a device works on the next.
    var pending: (() throws -> [B.Scalar])?
    while true {
      let loader = network.batches(of: rows)
      while let batch = loader.next() {
        let next = try network.beginPrediction(of: batch)
        _ = try pending?()
        pending = next
        samples += batch.rows
        guard (ContinuousClock.now - start).seconds < seconds else {
          _ = try next()
          return BenchmarkRound(
            samples: samples, seconds: (ContinuousClock.now - start).seconds,
            waited: (waited + loader.waited).seconds)
        }
      }
      waited += loader.waited
    }
  }

  /// Answers requests, one after the other, for at least `seconds`: each one user's items, as many
  /// as a batch has. The user's fields, the first half, are one row's, the others' each row's own.
  ///
  /// - Returns: the time of each request from encoded rows to probabilities, in seconds.
  package func latencies(for seconds: Double) throws -> [Double] {
    let begin = ContinuousClock.now
    var times: [Double] = []
    repeat {
      let (ids, values) = nextRequest()
      let start = ContinuousClock.now
      let batch = Batch(
        layout: rows.layout, ids: ids, values: values,
        labels: [Float](repeating: 0, count: batchSize))
      _ = try network.predict(batch)
      times.append((ContinuousClock.now - start).seconds)
    } while (ContinuousClock.now - begin).seconds < seconds
    return times
  }

  /// The features of one user's rows, and their numbers where the log has some.
  private func nextRequest() -> (ids: [Int32], values: [Float]?) {
    let slots = rows.layout.slots
    let userSlots = slots / 2
    let first = requests * batchSize % max(rows.rows - batchSize, 1)
    requests += 1
    let batch = rows.batch(of: first..<first + batchSize)
    var (ids, values) = (batch.ids, batch.values)
    for row in 0..<batchSize {
      for slot in 0..<userSlots {
        ids[row * slots + slot] = ids[slot]
        values?[row * slots + slot] = batch.values![slot]
      }
    }
    return (ids, values)
  }
}
