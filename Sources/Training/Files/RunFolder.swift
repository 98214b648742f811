import Features
import Foundation
import Support

/// The files of a training run.
///
/// | file | content |
/// |---|---|
/// | `config.yaml` | the configuration in force |
/// | `model.deepfm` | the model, see ``TrainedModel/write(to:includingOptimizer:)`` |
/// | `metrics.json` | the best epoch's metrics, those on test rows, why the run ended, and its speed |
/// | `history.csv` | one line an epoch, those of a pre-training first; `model` tells them apart |
/// | `ids.json` | days of ids, see `ValueLedger`, where new ids were learned |
/// | `curves.json` | ROC and reliability curve of the test rows, where there are any |
///
/// Each is whole or not there; the model is the same for the same seed, data and device.
package enum RunFolder {
  /// What of a run's model is kept.
  package enum ModelPart: Sendable {
    /// All of it: training could go on from there.
    case whole
    /// What prediction needs, in a half or a third of the room.
    case withoutOptimizer
    /// Nothing.
    case none
  }

  /// Writes a run's files, and makes the folder where it is not there.
  ///
  /// - Parameters:
  ///   - before: the metrics of the training rows by the model that training went on from, where they were scored.
  ///   - test: the metrics on test rows, where there are any.
  ///   - curves: the curves of these rows.
  ///   - part: what of the model is kept.
  /// - Throws: `UserError` with the file that cannot be written.
  package static func write(
    _ run: TrainingRun, before: Evaluation? = nil, test: Evaluation? = nil,
    curves: EvaluationCurves? = nil,
    model part: ModelPart = .whole, to folder: String
  ) throws {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let model = run.model
    try AtomicFile.write(model.configuration.yaml, to: folder + "/config.yaml")
    if part != .none {
      try model.write(to: modelPath(in: folder), includingOptimizer: part == .whole)
    }
    try AtomicFile.write(
      JSONText.record(RunSummary(run, before: before, test: test)), to: folder + "/metrics.json")
    try AtomicFile.write(history(of: run), to: folder + "/history.csv")
    if let curves { try AtomicFile.write(JSONText.record(curves), to: folder + "/curves.json") }
  }

  /// Where a run's model is.
  package static func modelPath(in folder: String) -> String { folder + "/model.deepfm" }

  /// What a run came to.
  ///
  /// - Throws: `UserError` where the folder holds no whole run.
  package static func summary(in folder: String) throws -> RunSummary {
    try decode(RunSummary.self, folder + "/metrics.json")
  }

  /// The configuration of a run.
  ///
  /// - Throws: `UserError` where the folder holds no whole run.
  package static func configuration(in folder: String) throws -> TrainingConfiguration {
    let path = folder + "/config.yaml"
    return try TrainingConfiguration(
      TrainingSettings(yaml: String(decoding: read(path), as: UTF8.self), name: path))
  }

  /// The curves of the test rows; nil where the run had none.
  ///
  /// - Throws: `UserError` for a file that holds something else.
  package static func curves(in folder: String) throws -> EvaluationCurves? {
    let path = folder + "/curves.json"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try decode(EvaluationCurves.self, path)
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
    do {
      return try JSONText.decode(type, from: read(path))
    } catch is DecodingError {
      throw UserError(
        path, found: "something else", expected: "the file of a training run",
        remedy: "make the run again")
    }
  }

  static func read(_ path: String) throws -> Data {
    do {
      return try Data(contentsOf: URL(filePath: path))
    } catch {
      throw UserError(
        path, found: "no readable file", expected: "a run folder's files",
        remedy: "name the folder that a training run wrote")
    }
  }
}
