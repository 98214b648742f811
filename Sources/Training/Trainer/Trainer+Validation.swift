import Data
import Operators

extension Trainer {
  /// What the model as it is makes of the validation rows; nil without any.
  func validate() throws -> Evaluation? {
    guard let rows = data.validation, rows.rows > 0 else { return nil }
    func probabilities(oddsFactor factor: Float) throws -> [Float] {
      try network.probabilities(
        of: rows, oddsFactor: factor, kept: kept.validation, among: ranks)
    }
    func judged(_ probabilities: [Float]) -> Evaluation {
      Evaluation(
        probabilities: probabilities, labels: rows.labels, weights: rows.weights,
        groups: rows.groups)
    }
    guard configuration.recalibrates else {
      return judged(try probabilities(oddsFactor: configuration.negativeRate))
    }
    let raw = try probabilities(oddsFactor: 1)
    recalibration = Odds.factor(raw, labels: rows.labels, weights: rows.weights)
    let factor = recalibration ?? configuration.negativeRate
    return judged(raw.map { Odds.multiplied($0, by: factor) })
  }

  /// What an epoch is among those so far; by the log loss where the AUC is undefined.
  func judge(
    _ evaluation: Evaluation, _ report: (TrainingEvent) -> Void
  ) -> Standing.Verdict {
    if standing.monitor.value(of: evaluation) == nil {
      report(.monitorReplaced(standing.monitor, by: .logLoss, reason: evaluation.undefined))
      standing.replaceMonitor()
    }
    return standing.record(evaluation)
  }

  /// What became of the odds.
  func recalibrated(_ model: TrainedModel) -> TrainingEvent {
    model.recalibration.map { .recalibrated(oddsFactor: $0) }
      ?? .doubted(
        "recalibrate: no factor on the odds makes as many clicks of the validation rows as they have; probabilities "
          + "stay as they are")
  }
}
