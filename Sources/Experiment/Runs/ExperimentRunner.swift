import Features
import Operators
import Tracking
import Training

/// What an experiment tells while it goes.
package enum ExperimentEvent {
  /// A run that is finished already stands for the request.
  case found(FinishedRun, number: Int, of: Int)
  /// A run begins.
  case started(RunRequest, number: Int, of: Int)
  /// A run goes on.
  case training(RunRequest, TrainingEvent)
  /// A run is finished and kept.
  case finished(FinishedRun, number: Int, of: Int)
  /// A run has come to nothing; the others go on.
  case failed(RunRequest, reason: String)
}

/// A run that has come to nothing.
package struct FailedRun: Sendable {
  package let request: RunRequest
  package let reason: String
}

/// What came out of an experiment's requests.
package struct ExperimentOutcome: Sendable {
  package var finished: [FinishedRun] = []
  package var failed: [FailedRun] = []
  /// Whether it was ended before all requests were met.
  package var isCancelled = false
}

/// Makes the runs that an experiment needs, but those that are there already.
package final class ExperimentRunner {
  private let data: ExperimentData
  private let store: RunStore
  private let keepsModels: Bool
  private var backends: [String: any Backend] = [:]
  private let products: MatrixProducts.Policy
  private let prepare: (OpenCLBackend) -> Void
  private let approve: (RunRequest, any Backend) throws -> Void

  /// - Parameters:
  ///   - data: the rows that all runs share.
  ///   - store: where runs are kept.
  ///   - keepsModels: whether each run's model is kept beside its numbers.
  ///   - products: who computes matrix products on OpenCL devices.
  ///   - prepare: called with each device that is opened.
  ///   - approve: called before a run is made; throws where its device must not be used.
  package init(
    _ data: ExperimentData, in store: RunStore, keepsModels: Bool = true,
    products: MatrixProducts.Policy = .auto,
    prepare: @escaping (OpenCLBackend) -> Void = { _ in },
    approve: @escaping (RunRequest, any Backend) throws -> Void = { _, _ in }
  ) {
    self.data = data
    self.store = store
    self.keepsModels = keepsModels
    self.products = products
    (self.prepare, self.approve) = (prepare, approve)
  }

  /// The device that a name means, in one line for people.
  package func description(of device: String) throws -> String {
    try backend(device).description
  }

  /// What is to be said of how a device multiplies matrices; nil where nothing is.
  package func doubt(about device: String) throws -> String? {
    (try backend(device) as? OpenCLBackend)?.products.doubt
  }

  /// Meets requests, in their order.
  ///
  /// - Parameter save: called with what there is after each run that was made, so that a report can be
  ///   read while the others are still under way.
  /// - Throws: what no other run could do better with: a device that is not there, a full disk.
  package func run(
    _ requests: [RunRequest], cancellation: Cancellation = Cancellation(),
    report: (ExperimentEvent) -> Void = { _ in },
    save: (ExperimentOutcome) throws -> Void = { _ in }
  ) throws -> ExperimentOutcome {
    var outcome = ExperimentOutcome()
    for (index, request) in requests.enumerated() {
      let number = index + 1
      let backend = try backend(request.device)
      let identity = RunIdentity(
        configuration: resolved(request.configuration), data: data.description.fingerprint,
        backend: backend.description)
      if let run = store.find(request, identity) {
        outcome.finished.append(run)
        report(.found(run, number: number, of: requests.count))
        continue
      }
      guard !cancellation.isCancelled else {
        outcome.isCancelled = true
        continue
      }
      try approve(request, backend)
      report(.started(request, number: number, of: requests.count))
      do {
        let run = try train(request, identity, on: backend, cancellation) {
          report(.training(request, $0))
        }
        guard let run else {
          outcome.isCancelled = true
          continue
        }
        outcome.finished.append(run)
        report(.finished(run, number: number, of: requests.count))
        try save(outcome)
      } catch let error as TrainingError {
        outcome.failed.append(FailedRun(request: request, reason: error.description))
        report(.failed(request, reason: error.description))
      } catch let error as MemoryPlanError {
        outcome.failed.append(FailedRun(request: request, reason: "\(error)"))
        report(.failed(request, reason: "\(error)"))
      }
    }
    return outcome
  }

  /// Trains and keeps a run; nil if it was cancelled, for half a training is none.
  private func train(
    _ request: RunRequest, _ identity: RunIdentity, on backend: some Backend,
    _ cancellation: Cancellation, report: (TrainingEvent) -> Void
  ) throws -> FinishedRun? {
    let folder = try store.begin(request, identity)
    defer { store.abandon(request, identity) }
    let tracker = try RunTracker(in: folder)
    let run = try Trainer(data.rows, configuration: request.configuration, backend: backend)
      .run(cancellation: cancellation) {
        tracker.add($0)
        report($0)
      }
    guard run.reason != .cancelled, !cancellation.isCancelled else { return nil }
    let judged = try data.test.map { try Predictor(run.model, on: backend).judge($0) }
    // Weights can be finite, and yet too large for what they are multiplied with.
    guard judged?.evaluation.logLoss.isFinite ?? true else {
      throw TrainingError.diverged(
        epoch: run.model.bestEpoch ?? run.model.history.count,
        rate: request.configuration.effectiveLearningRate)
    }
    try RunFolder.write(
      run, test: judged?.evaluation, curves: judged?.curves,
      model: keepsModels ? .withoutOptimizer : .none, to: folder)
    tracker.finish(run.model, test: judged?.evaluation)
    if let failure = tracker.failure { throw failure }
    return try store.keep(request, identity)
  }

  /// The configuration with what depends on the rows alone.
  private func resolved(_ configuration: TrainingConfiguration) -> TrainingConfiguration {
    var configuration = configuration.chosen(for: LogFacts(data.rows.training, data.rows.encoder))
    configuration.batchSize = configuration.batchSize(forRows: data.rows.training.rows)
    return configuration
  }

  private func backend(_ device: String) throws -> any Backend {
    if let backend = backends[device] { return backend }
    let backend = try Backends.make(device: device, products: products)
    (backend as? OpenCLBackend).map(prepare)
    backends[device] = backend
    return backend
  }
}
