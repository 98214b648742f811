import Datasets
import Diagnostics
import Features
import Logs
import Operators
import Training

/// A click model for use in a program: trained on a log, saved and loaded, asked for probabilities.
///
/// ```swift
/// import DeepFMKit
///
/// let log = LogSource.rows(
///   columns: ["click", "user", "item", "hour"],
///   [
///     ["1", "anna", "shoes", "9"],
///     ["0", "anna", "books", "21"],
///     ["0", "ben", "shoes", "9"],
///     // … thousands more
///   ])
/// let model = try ClickModel.fit(log, configuration: TrainingConfiguration(model: "deepfm-d"))
/// print(model.validation?.auc ?? .nan)
///
/// let candidates = LogSource.rows(
///   columns: ["user", "item", "hour"], [["anna", "shoes", "20"], ["anna", "books", "20"]])
/// let probabilities = try model.predict(candidates)
///
/// try model.save(to: "clicks.deepfm")
/// let same = try ClickModel(contentsOf: "clicks.deepfm")
/// ```
///
/// Rows may have values that training never saw; these share their field's out-of-vocabulary row.
/// A click model is made for one thread at a time.
public final class ClickModel {
  /// What was trained: encoder, configuration, history, numbers.
  public let trained: TrainedModel
  private let backend: any Backend
  private let predictor: any ProbabilityPredictor

  /// The metrics on the validation rows; nil where there were none.
  public var validation: Evaluation? { trained.validation }

  /// What the model runs on, in one line for people.
  public var device: String { backend.description }

  /// Trains a model on a log.
  ///
  /// - Parameters:
  ///   - log: the training log: a file, text or rows in memory.
  ///   - validation: decides which epoch is the best; where nil, the log is divided as the schema
  ///     says, or a part of it held out as `TrainingConfiguration.validFraction` does.
  ///   - schema: what the columns mean; gaps are filled by looking at the log: the label is a
  ///     column called `click`, `label` or alike, all other columns are categorical.
  ///   - configuration: model, sizes, optimizers, schedule; the defaults are a DeepFM-D.
  ///   - device: see `Backends.make(device:)`.
  ///   - check: who holds the device against the reference before it first trains such a model; nil for nobody.
  ///   - cancellation: ends training early; what was best so far is kept.
  ///   - report: called with what happens.
  /// - Throws: `UserError` for a log that is not as the schema says, `TrainingError` for a
  ///   configuration that cannot be trained, `OpenCLError` of the device; `UserError` for one that is wrong.
  public static func fit(
    _ log: LogSource, validation: LogSource? = nil, schema: Schema = Schema(),
    configuration: TrainingConfiguration = TrainingConfiguration(), device: String = "auto",
    check: FirstCheck? = nil, cancellation: Cancellation = Cancellation(),
    report: (TrainingEvent) -> Void = { _ in }
  ) throws -> ClickModel {
    func train(on backend: some Backend) throws -> TrainedModel {
      let data = try TrainingData(
        training: [log], validation: validation.map { [$0] } ?? [], schema: schema,
        configuration: configuration)
      try check?.make(
        on: backend, named: device, .auto, for: .training, configuration, of: data.encoder
      ) { report(.noted($0)) }
      return try Trainer(data, configuration: configuration, backend: backend)
        .run(cancellation: cancellation, report: report).model
    }
    let backend = try Backends.make(device: device)
    return try ClickModel(train(on: backend), on: backend)
  }

  /// Loads a model that ``save(to:)`` or a training run wrote.
  ///
  /// - Throws: `UserError` for a file that is no whole model, or the backend's own error.
  public convenience init(contentsOf path: String, device: String = "auto") throws {
    try self.init(TrainedModel(contentsOf: path), on: Backends.make(device: device))
  }

  /// Puts a trained model on a backend.
  public init(_ model: TrainedModel, on backend: any Backend) throws {
    func predictor(on backend: some Backend) throws -> any ProbabilityPredictor {
      try Predictor(model, on: backend)
    }
    trained = model
    self.backend = backend
    self.predictor = try predictor(on: backend)
  }

  /// The click probability of each row of a log; a label column is not needed.
  ///
  /// - Throws: `UserError` for a row that is not as in training.
  public func predict(_ log: LogSource) throws -> [Float] {
    try predictor.predict(trained.encoder.encode([log], labels: .unread))
  }

  /// How good the predictions for a log with clicks are.
  ///
  /// - Throws: `UserError` for a row that is not as in training.
  public func evaluate(_ log: LogSource) throws -> Evaluation {
    try predictor.evaluate(trained.encoder.encode([log]))
  }

  /// Writes the model into one file; see `TrainedModel.write(to:includingOptimizer:)`.
  public func save(to path: String) throws {
    try trained.write(to: path)
  }
}

/// A predictor of whatever backend.
protocol ProbabilityPredictor {
  func predict(_ rows: Dataset) throws -> [Float]
  func evaluate(_ rows: Dataset) throws -> Evaluation
}

extension Predictor: ProbabilityPredictor {}
