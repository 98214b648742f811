import ArgumentParser
import Datasets
import DeepFMKit

/// A saved model, and logs or a part of an encoded dataset for it.
struct ModelAndRowsOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("A run folder, or the model file in it.", valueName: "model"),
    completion: .file())
  var model: String

  @Argument(
    help: ArgumentHelp(
      "The log: one or more files, patterns, or - for standard input.", valueName: "file"),
    completion: .file())
  var files: [String] = []

  @Option(
    help: ArgumentHelp(
      "A folder that deepfm encode made and the model was trained on, in place of logs.",
      valueName: "folder"), completion: .directory)
  var data: String?

  @Option(help: "Which part of it: train, valid or test.")
  var part = DataSplit.Part.test

  /// Rows that are encoded already, or logs.
  enum Source {
    case rows(Dataset)
    case logs([LogSource])
  }

  /// The model, and the rows of the part or the logs.
  func load() throws -> (model: TrainedModel, rows: Source) {
    let model = try TrainedModel(contentsOf: modelFile(model), includingOptimizer: false)
    return (model, try rows(for: model))
  }

  private func rows(for model: TrainedModel) throws -> Source {
    guard let data else {
      guard !files.isEmpty else { throw ValidationError("name a log, or encoded rows with --data") }
      return .logs(try LogSource.named(files))
    }
    guard files.isEmpty else { throw ValidationError("give either logs or --data") }
    let folder = try DatasetFolder(data)
    guard folder.encoder == model.encoder else {
      throw UserError(
        data, found: "rows of another encoder", expected: "those the model was trained on",
        remedy: "name the logs in place of --data: the model encodes them itself")
    }
    guard let rows = folder.rows(part) else {
      throw UserError(
        data, found: "no \(part.rawValue) rows", expected: "some",
        remedy: "choose another --part, or encode with --split or --\(part.rawValue)")
    }
    return .rows(rows)
  }
}

extension DataSplit.Part: ExpressibleByArgument {}
