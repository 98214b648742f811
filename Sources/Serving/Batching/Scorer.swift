import Data
import Operators
import Training

/// What computes probabilities; to be used from one thread at a time.
package protocol Scorer: AnyObject {
  /// The most rows that are computed together.
  var capacity: Int { get }
  /// Whether it computes on one core of the host, and so competes with whoever waits for it.
  var hasOneCore: Bool { get }
  /// The click probability of each row of a batch, which has at most ``capacity`` rows.
  func predict(_ batch: Batch) throws -> [Float]
}

extension Predictor: Scorer {
  package var hasOneCore: Bool { backend.hostCores == 1 }
}

extension Scorer {
  package var hasOneCore: Bool { false }

  /// The click probability of each row of some jobs, computed together.
  func predict(_ jobs: [ScoreJob]) throws -> [Float] {
    if jobs.count == 1, jobs[0].rows <= capacity { return try predict(jobs[0].batch) }
    let layout = jobs[0].batch.layout
    let rows = jobs.reduce(0) { $0 + $1.rows }
    var probabilities: [Float] = []
    probabilities.reserveCapacity(rows)
    var (job, place) = (0, 0)
    while probabilities.count < rows {
      let count = min(capacity, rows - probabilities.count)
      var ids: [Int32] = []
      var values: [Float] = []
      ids.reserveCapacity(count * layout.slots)
      if layout.weighted { values.reserveCapacity(count * layout.slots) }
      var taken = 0
      while taken < count {
        let batch = jobs[job].batch
        let some = min(batch.rows - place, count - taken)
        let cells = place * layout.slots..<(place + some) * layout.slots
        ids += batch.ids[cells]
        if let more = batch.values { values += more[cells] }
        (taken, place) = (taken + some, place + some)
        if place == batch.rows { (job, place) = (job + 1, 0) }
      }
      probabilities += try predict(
        Batch(
          layout: layout, ids: ids, values: layout.weighted ? values : nil,
          labels: [Float](repeating: 0, count: count)))
    }
    return probabilities
  }
}
