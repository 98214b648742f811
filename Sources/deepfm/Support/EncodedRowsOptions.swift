import ArgumentParser
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

  /// The rows of the part, or of logs.
  func rows(
    of model: TrainedModel, or files: [String], labels: LabelPolicy = .required,
    rejecting rejected: RejectedRows
  ) throws -> Dataset {
    guard files.isEmpty == (data == nil) else {
      guard let data else {
        return try model.encoder.encode(LogSource.named(files), labels: labels, rejecting: rejected)
      }
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
      return rows
    }
    throw ValidationError(
      data == nil ? "name a log, or encoded rows with --data" : "give either logs or --data")
  }
}

extension DataSplit.Part: ExpressibleByArgument {}
