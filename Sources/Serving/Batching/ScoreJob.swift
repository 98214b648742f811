import Data
import NIOCore

/// Rows that wait for their probabilities.
final class ScoreJob: @unchecked Sendable {
  // Sendable: whoever has taken it out of the queue writes to it, and nobody reads before it is done.

  /// When a job came, was begun and was done.
  struct Times: Sendable {
    var arrived = NIODeadline.now()
    var begun = NIODeadline.uptimeNanoseconds(0)
    var done = NIODeadline.uptimeNanoseconds(0)

    var queued: TimeAmount { begun - arrived }
    var computed: TimeAmount { done - begun }
  }

  let batch: Batch
  /// When the answer is of no more use; nil for never.
  let deadline: NIODeadline?
  var times = Times()
  /// How many rows were computed together with these, these included.
  var batchRows = 0
  private let done: @Sendable (ScoreJob, Result<[Float], RequestError>) -> Void

  /// - Parameter done: called once, on any thread.
  init(
    _ batch: Batch, deadline: NIODeadline?,
    done: @escaping @Sendable (ScoreJob, Result<[Float], RequestError>) -> Void
  ) {
    (self.batch, self.deadline, self.done) = (batch, deadline, done)
  }

  var rows: Int { batch.rows }

  func finish(_ result: Result<[Float], RequestError>) {
    times.done = .now()
    done(self, result)
  }
}
