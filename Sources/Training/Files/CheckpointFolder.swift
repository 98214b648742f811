import Foundation
import Support

/// Checkpoints of a training on disk, the last one only.
///
/// | file | content |
/// |---|---|
/// | `state.json` | where the training stands, and the names of the others |
/// | `model-STEP.deepfm` | the model at that step with the optimizer's state, a model file like any other |
/// | `best-STEP.deepfm` | the best model so far, where an epoch was validated |
/// | `average-STEP.deepfm` | the average of the last epochs' weights at that step, where there is one |
///
/// The models are written first and whole, then `state.json` takes the place of the one before at once, and
/// what it no longer names is removed: at any moment there is a checkpoint that can be gone on from. It is
/// unsharded: any number of ranks may go on from it.
package struct CheckpointFolder: Sendable {
  /// Where it is.
  package let path: String

  /// The one of a run's folder.
  package init(of run: String) { path = run + "/checkpoint" }

  /// Whether there is a checkpoint.
  package var isThere: Bool { access(statePath, F_OK) == 0 }

  private var statePath: String { path + "/state.json" }
  private static let version = 1

  /// The content of `state.json`.
  private struct State: Codable {
    var version: Int
    var place: TrainingPlace
    var isPretraining: Bool
    var model: String
    var best: String?
    var average: String?
    var attachment: String?
  }

  /// Keeps a checkpoint in place of the one before.
  ///
  /// - Throws: `UserError` where it cannot be written; the one before is still there then.
  package func write(_ checkpoint: Checkpoint) throws {
    try makeFolder(path)
    let prefix = checkpoint.isPretraining ? "pretraining-" : ""
    let model = "\(prefix)model-\(checkpoint.current.step).deepfm"
    let best = checkpoint.best.map { "\(prefix)best-\($0.step).deepfm" }
    try checkpoint.current.write(to: "\(path)/\(model)")
    // The best one stays as it is until there is a better one.
    if let best, let found = checkpoint.best, access("\(path)/\(best)", F_OK) != 0 {
      try found.write(to: "\(path)/\(best)")
    }
    let average = checkpoint.average.map { _ in "\(prefix)average-\(checkpoint.current.step).deepfm"
    }
    if let average { try checkpoint.average?.write(to: "\(path)/\(average)") }
    let state = State(
      version: Self.version, place: checkpoint.place, isPretraining: checkpoint.isPretraining,
      model: model, best: best, average: average, attachment: checkpoint.attachment)
    try AtomicFile.write(JSONText.record(state), to: statePath)
    let kept = [model, best, average, "state.json"]
    for name in try FileManager.default.contentsOfDirectory(atPath: path)
    where !kept.contains(name) {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
  }

  /// Reads the checkpoint.
  ///
  /// - Throws: `UserError` where there is none, or a file of it is damaged.
  package func read() throws -> Checkpoint {
    let data = try RunFolder.read(statePath)
    guard let state = try? JSONText.decode(State.self, from: data), state.version == Self.version
    else {
      throw UserError(
        statePath, found: "something else", expected: "a checkpoint of version \(Self.version)",
        remedy: "go on with the program that wrote it, or begin anew with --overwrite")
    }
    return Checkpoint(
      place: state.place, isPretraining: state.isPretraining,
      current: try TrainedModel(contentsOf: "\(path)/\(state.model)"),
      best: try state.best.map { try TrainedModel(contentsOf: "\(path)/\($0)") },
      average: try state.average.map { try TrainedModel(contentsOf: "\(path)/\($0)") },
      attachment: state.attachment)
  }

  /// Removes it.
  package func remove() {
    // First what names the others: were the process killed in the middle, it would name files that are gone.
    unlink(statePath)
    try? FileManager.default.removeItem(atPath: path)
  }

  private func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw UserError(
        path, found: String(cString: strerror(errno)).lowercased(),
        expected: "a folder for checkpoints",
        remedy: "check the folder around it, its permissions and the disk's space")
    }
  }
}
