import ArgumentParser
import DeepFMKit
import Foundation
import Reports

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Judges a saved model by logs with labels.")

  @Argument(
    help: ArgumentHelp("A run folder, or the model file in it.", valueName: "model"),
    completion: .file())
  var model: String

  @Argument(
    help: ArgumentHelp(
      "The log: one or more files, patterns, or - for standard input.", valueName: "file"),
    completion: .file())
  var files: [String] = []

  @OptionGroup var encoded: EncodedRowsOptions

  @OptionGroup var rejection: RejectionOptions
  @OptionGroup var device: DeviceOptions

  func run() throws {
    let model = try TrainedModel(contentsOf: modelFile(model))
    let rejected = try RejectedRows(rejection.policy)
    let rows = try encoded.rows(of: model, or: files, rejecting: rejected)
    try finish(rejected, Console())
    try evaluate(model, rows, on: device.backend())
  }

  private func evaluate(
    _ model: TrainedModel, _ rows: Dataset, on backend: some Backend
  ) throws {
    let predictor = try Predictor(model, on: backend)
    print(evaluationTable([("given", try predictor.evaluate(rows))]))
  }
}

/// A table of evaluations, one a line.
func evaluationTable(_ evaluations: [(rows: String, Evaluation)]) -> TextTable {
  var table = TextTable("", "rows", "AUC", "LogLoss", "NE", "calibration")
  for (name, evaluation) in evaluations {
    table.add(
      name, "\(evaluation.rows)", fixed(evaluation.auc, 5), fixed(evaluation.logLoss, 5),
      fixed(evaluation.normalizedEntropy, 5), fixed(evaluation.calibration, 4))
  }
  return table
}

/// The model file that a user means: the file itself, or the one in a run folder.
func modelFile(_ path: String) -> String {
  var isFolder: ObjCBool = false
  let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
  return exists && isFolder.boolValue ? RunFolder.modelPath(in: path) : path
}
