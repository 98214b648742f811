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
    let model = try TrainedModel(contentsOf: modelFile(model), includingOptimizer: false)
    let source = try encoded.source(of: model, or: files)
    try evaluate(model, source, on: device.backend())
  }

  private func evaluate(
    _ model: TrainedModel, _ source: EncodedRowsOptions.Source, on backend: some Backend
  ) throws {
    let predictor = try Predictor(model, on: backend)
    switch source {
    case .rows(let rows): print(evaluationTable([("given", try predictor.evaluate(rows))]))
    case .logs(let logs):
      let (console, rejected) = (Console(), try RejectedRows(rejection.policy))
      let (evaluation, statistics) = try predictor.evaluate(logs, rejecting: rejected)
      try finish(rejected, console)
      if let text = lostValues(statistics, rows: rejected.delivered) { console.say(text) }
      print(evaluationTable([("given", evaluation)]))
    }
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
