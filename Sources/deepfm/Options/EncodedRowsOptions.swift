import ArgumentParser
import Datasets
import DeepFMKit

/// A part of an encoded dataset in place of logs.
struct EncodedRowsOptions: ParsableArguments {
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

  /// The rows of the part, or the logs.
  func source(of model: TrainedModel, or files: [String]) throws -> Source {
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
