import Data
import Features
import Operators

/// A trained model on a backend, ready to predict and to be evaluated.
///
/// Both go the same way, in batches of the size the model was trained with: on one device,
/// the probabilities that ``evaluate(_:)`` judges are bit for bit those of ``predict(_:)``.
public final class Predictor<B: Backend> {
  /// The model.
  public let model: TrainedModel
  private let network: Network<B>

  /// All memory there is to it.
  public var plan: MemoryPlan { network.memory }

  /// Makes the network and loads the model's numbers.
  ///
  /// - Throws: `MemoryPlanError` where it does not fit, or the backend's own error.
  public init(_ model: TrainedModel, on backend: B) throws {
    let (graph, logits) = try model.build()
    self.model = model
    network = try Network(
      graph: graph, logits: logits, backend: backend,
      capacity: model.configuration.batchSize ?? 4096, recipe: nil,
      seed: model.configuration.seed)
    try network.restore(model.snapshot())
  }

  /// The click probability of each row.
  ///
  /// - Throws: ``TrainingError/foreignRows`` for rows of another encoder.
  public func predict(_ rows: Dataset) throws -> [Float] {
    guard rows.layout == model.encoder.layout else { throw TrainingError.foreignRows }
    return try network.probabilities(
      of: rows, negativeRate: model.configuration.negativeRate)
  }

  /// How good the predictions are.
  ///
  /// - Throws: ``TrainingError/noLabels(_:)`` for rows without labels.
  public func evaluate(_ rows: Dataset) throws -> Evaluation {
    try judge(rows).evaluation
  }

  /// How good the predictions are, in numbers and in curves.
  ///
  /// - Throws: ``TrainingError/noLabels(_:)`` for rows without labels.
  public func judge(
    _ rows: Dataset
  ) throws -> (evaluation: Evaluation, curves: EvaluationCurves) {
    guard rows.isLabelled else { throw TrainingError.noLabels("given") }
    let probabilities = try predict(rows)
    let (labels, weights) = (rows.labels, rows.weights)
    return (
      Evaluation(
        probabilities: probabilities, labels: labels, weights: weights, groups: rows.groups),
      EvaluationCurves(probabilities: probabilities, labels: labels, weights: weights)
    )
  }
}

extension Network {
  /// The click probability of each row, in batches as large as the network takes.
  ///
  /// - Parameter rate: the share of negatives that training kept, see ``NegativeSampling``.
  package func probabilities(of rows: Dataset, negativeRate rate: Float) throws -> [Float] {
    guard rows.rows > 0 else { return [] }
    func probabilities(of batch: Batch) throws -> [Float] {
      try predict(batch).map { NegativeSampling.corrected(Float($0), rate: rate) }
    }
    // A small request is quicker without a thread that prepares its batches ahead.
    if rows.rows <= capacity {
      return try probabilities(of: rows.batch(of: 0..<rows.rows))
    }
    var all: [Float] = []
    all.reserveCapacity(rows.rows)
    for batch in batches(of: rows) {
      all += try probabilities(of: batch)
    }
    return all
  }
}
