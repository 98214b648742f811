import DeepFMKit
import Features
import Foundation
import Logs
import Operators
import Support
import Training

/// A model as C has it: what was trained, and where it runs.
final class ModelHandle: @unchecked Sendable {
  // Sendable: backend and predictor are used with the lock alone, the rest is never changed.
  let trained: TrainedModel
  /// The training that made it, and what that came to on test rows; nil for a model that was read.
  let run: (training: TrainingRun, test: Judged?)?
  let backend: any Backend
  /// Made when it is first asked for, and used by one thread at a time.
  private var predictor: (any ModelPredictor)?
  private let lock = NSLock()

  /// Metrics and curves of test rows.
  typealias Judged = (evaluation: Evaluation, curves: EvaluationCurves)

  init(_ trained: TrainedModel, on backend: any Backend) {
    (self.trained, run, self.backend) = (trained, nil, backend)
  }

  init(_ training: TrainingRun, test: Judged?, on backend: any Backend) {
    (trained, run, self.backend) = (training.model, (training, test), backend)
  }

  /// Calls `body` with the model on its backend, one thread after the other.
  func withPredictor<Result>(_ body: (any ModelPredictor) throws -> Result) throws -> Result {
    func make(on backend: some Backend) throws -> any ModelPredictor {
      try Predictor(trained, on: backend)
    }
    return try lock.withLock {
      let made = try predictor ?? make(on: backend)
      predictor = made
      return try body(made)
    }
  }
}

/// A predictor of whatever backend.
protocol ModelPredictor {
  func predict(
    _ logs: [LogSource], labels: LabelPolicy, keeping kept: [String],
    rejecting rejected: RejectedRows, _ take: (PredictedRows) throws -> Void
  ) throws -> [FieldStatistics]
  func evaluate(
    _ logs: [LogSource], rejecting rejected: RejectedRows
  ) throws -> (evaluation: Evaluation, statistics: [FieldStatistics])
}

extension Predictor: ModelPredictor {}

extension ModelHandle {
  /// The click probability of each row.
  func probabilities(of log: LogHandle) throws -> [Float] {
    var all: [Float] = []
    if let columns = log.columns { all.reserveCapacity(columns.rows) }
    let rejected = try RejectedRows(.stop)
    try withPredictor { predictor in
      _ = try predictor.predict(
        log.sources, labels: .unread, keeping: [], rejecting: rejected
      ) { all += $0.probabilities }
    }
    return all
  }

  func evaluate(_ log: LogHandle) throws -> Evaluation {
    try withPredictor { try $0.evaluate(log.sources, rejecting: RejectedRows(.stop)).evaluation }
  }
}
