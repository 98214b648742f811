import Data
import Datasets
import Features
import Logs
import Operators
import Support

/// A trained model on a backend, ready to predict and to be evaluated.
///
/// Both go the same way, in batches of the size the model was trained with: on one device,
/// the probabilities that ``evaluate(_:)`` judges are bit for bit those of ``predict(_:)``.
package final class Predictor<B: Backend> {
  /// The model, without the optimizer's numbers.
  package let model: TrainedModel
  private let network: Network<B>

  /// What it runs on.
  package var backend: B { network.backend }

  /// All memory there is to it.
  package var plan: MemoryPlan { network.memory }

  /// The most rows that are computed together.
  package var capacity: Int { network.capacity }

  /// Makes the network and loads the model's numbers.
  ///
  /// - Parameter capacity: the most rows that are computed together; nil for the batches of training.
  /// - Throws: `MemoryPlanError` where it does not fit, or the backend's own error.
  package init(_ model: TrainedModel, on backend: B, capacity: Int? = nil) throws {
    let model = model.withoutOptimizer
    let (graph, logits) = try model.build()
    self.model = model
    network = try Network(
      graph: graph, logits: logits, backend: backend,
      capacity: capacity ?? model.configuration.batchSize ?? 4096, recipe: nil,
      seed: model.configuration.seed)
    try network.restore(model.snapshot())
  }

  /// The click probability of each row.
  ///
  /// - Throws: ``TrainingError/foreignRows`` for rows of another encoder.
  package func predict(_ rows: Dataset) throws -> [Float] {
    guard rows.layout == model.encoder.layout else { throw TrainingError.foreignRows }
    return try network.probabilities(
      of: rows, oddsFactor: model.oddsFactor)
  }

  /// The click probability of each row of a batch.
  ///
  /// - Precondition: it has at most ``capacity`` rows, of the encoder's layout.
  public func predict(_ batch: Batch) throws -> [Float] {
    let (probabilities, factor) = (try network.predict(batch), model.oddsFactor)
    // Backends of floats need no conversion, which would cost more than the correction.
    if let floats = probabilities.elements(as: Float.self) {
      return factor == 1 ? floats : floats.map { Odds.multiplied($0, by: factor) }
    }
    return probabilities.map { Odds.multiplied(Float($0), by: factor) }
  }

  /// How good the predictions are.
  ///
  /// - Throws: ``TrainingError/noLabels(_:)`` for rows without labels.
  package func evaluate(_ rows: Dataset) throws -> Evaluation {
    try judge(rows).evaluation
  }

  /// How good the predictions are, in numbers and in curves.
  ///
  /// - Throws: ``TrainingError/noLabels(_:)`` for rows without labels.
  package func judge(
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

extension Predictor {
  /// Predicts the rows of logs as they are read, in memory that does not grow with them. What comes through
  /// a pipe is read once and not kept.
  ///
  /// - Parameters:
  ///   - logs: read one after the other.
  ///   - labels: whether rows must have labels.
  ///   - kept: columns whose texts are wanted beside the predictions.
  ///   - rejected: what becomes of rows that are not as the schema says; the caller finishes it.
  ///   - take: called with the rows in order, a batch at a time.
  /// - Returns: what the fields held.
  /// - Throws: `UserError` for a row that is not to be passed over; what was taken before it stays taken.
  @discardableResult
  package func predict(
    _ logs: [LogSource], labels: LabelPolicy = .unread, keeping kept: [String] = [],
    rejecting rejected: RejectedRows,
    _ take: (PredictedRows) throws -> Void
  ) throws -> [FieldStatistics] {
    let blocks = LogEncoding.stream(
      logs, by: model.encoder, labels: labels, keeping: kept, rejecting: rejected)
    defer { blocks.abandon() }
    let layout = model.encoder.layout
    let waiting = RowBuffer(slots: layout.slots, model.encoder.rowKind)
    var statistics = model.encoder.noStatistics
    var isLabelled = true
    var texts = KeptText(columns: kept.count)
    // Batches are the same wherever blocks end.
    func predict(upTo end: Int, _ rejected: [Int]) throws {
      var first = 0
      while first < end {
        let rows = first..<min(first + network.capacity, end)
        let batch = waiting.batch(of: rows, layout)
        try take(
          PredictedRows(
            probabilities: self.predict(batch), labels: batch.labels, weights: batch.weights,
            groups: waiting.groups(of: rows),
            isLabelled: isLabelled, rejected: first == 0 ? rejected : [],
            kept: texts.take(rows.count)))
        first = rows.upperBound
      }
      waiting.removeFirst(end)
    }
    var rejectedRows: [Int] = []
    while let block = try blocks.next() {
      let part = block.parts[0]
      waiting.append(0..<part.rows.count, of: part.rows)
      texts.append(part.kept)
      for field in statistics.indices { statistics[field].merge(part.statistics[field]) }
      isLabelled = isLabelled && block.isLabelled
      rejectedRows += block.rejected
      block.done()
      let whole = waiting.count / network.capacity * network.capacity
      if whole > 0 {
        try predict(upTo: whole, rejectedRows)
        rejectedRows = []
      }
    }
    if waiting.count > 0 {
      try predict(upTo: waiting.count, rejectedRows)
    } else if !rejectedRows.isEmpty {
      try take(PredictedRows(rejected: rejectedRows))
    }
    return statistics
  }

  /// How good the predictions for logs with labels are, in memory of 8 bytes a row, and as much again
  /// while they are ranked; weights take 4, groups 8 more.
  ///
  /// - Throws: as ``predict(_:labels:keeping:rejecting:_:)``.
  package func evaluate(
    _ logs: [LogSource], rejecting rejected: RejectedRows
  ) throws -> (evaluation: Evaluation, statistics: [FieldStatistics]) {
    var (probabilities, labels): ([Float], [Float]) = ([], [])
    var weights: [Float]? = model.encoder.schema.weight == nil ? nil : []
    var groups: [UInt64]? = model.encoder.schema.group == nil ? nil : []
    let statistics = try predict(logs, labels: .required, rejecting: rejected) { rows in
      probabilities += rows.probabilities
      labels += rows.labels
      weights?.append(contentsOf: rows.weights ?? [])
      groups?.append(contentsOf: rows.groups ?? [])
    }
    let evaluation = Evaluation(
      probabilities: probabilities, labels: labels, weights: weights, groups: groups)
    return (evaluation, statistics)
  }
}

/// Some rows of a log with their predictions.
package struct PredictedRows: Sendable {
  /// The click probability of each row.
  package var probabilities: [Float] = []
  /// 0 or 1, one a row; 0 where there is none.
  package var labels: [Float] = []
  /// One a row; nil where all are 1.
  package var weights: [Float]?
  /// Which group each row is of, as a hash; nil where the schema has no group.
  package var groups: [UInt64]?
  /// Whether every row so far had a label.
  package var isLabelled = true
  /// The numbers of rows that could not be read and were not told of before, ascending, counted from 0
  /// over all logs.
  package var rejected: [Int] = []
  /// The texts of the columns that are wanted beside, a row each.
  package var kept = KeptText(columns: 0)

  package init(
    probabilities: [Float] = [], labels: [Float] = [], weights: [Float]? = nil,
    groups: [UInt64]? = nil, isLabelled: Bool = true, rejected: [Int] = [],
    kept: KeptText = KeptText(columns: 0)
  ) {
    (self.probabilities, self.labels, self.weights) = (probabilities, labels, weights)
    (self.groups, self.isLabelled, self.rejected, self.kept) = (groups, isLabelled, rejected, kept)
  }
}

extension Network {
  /// The click probability of each row, in batches as large as the network takes.
  ///
  /// - Parameters:
  ///   - factor: what their odds are multiplied by, see ``TrainedModel/oddsFactor``.
  ///   - kept: these rows, where the device keeps them.
  package func probabilities(
    of rows: Dataset, oddsFactor factor: Float, kept: KeptRows? = nil
  ) throws -> [Float] {
    guard rows.rows > 0 else { return [] }
    var all: [Float] = []
    all.reserveCapacity(rows.rows)
    func add(_ predicted: [B.Scalar]) {
      for probability in predicted {
        all.append(Odds.multiplied(Float(probability), by: factor))
      }
    }
    // A small request is quicker without a thread that prepares its batches ahead.
    if rows.rows <= capacity {
      add(try predict(rows.batch(of: 0..<rows.rows)))
      return all
    }
    // A device has the next batch to work on while the host takes what came of the last one.
    var pending: (() throws -> [B.Scalar])?
    for batch in batches(of: rows, kept: kept) {
      let next = try beginPrediction(of: batch)
      try pending.map { add(try $0()) }
      pending = next
    }
    try pending.map { add(try $0()) }
    return all
  }
}
