import DeepFMKit
import Reports

/// A table of evaluations, one a line; below it what is known besides, and why a measure is missing.
func evaluationTable(_ evaluations: [(rows: String, Evaluation)]) -> String {
  var table = TextTable("", "rows", "AUC", "LogLoss", "NE", "calibration")
  var notes: [String] = []
  for (name, evaluation) in evaluations {
    table.add(
      name, "\(evaluation.rows)", fixed(evaluation.auc, 5), fixed(evaluation.logLoss, 5),
      fixed(evaluation.normalizedEntropy, 5), fixed(evaluation.calibration, 4))
    if let reason = evaluation.undefined {
      notes.append("\(name): not all can be measured, since \(reason)")
    }
    if let grouped = evaluation.groupedAUC {
      notes.append(
        "\(name): AUC within groups \(fixed(grouped.value, 5)), \(grouped.groups) of "
          + "\(grouped.allGroups) groups having both clicks and non-clicks")
    }
  }
  return ([table.description] + notes).joined(separator: "\n")
}
