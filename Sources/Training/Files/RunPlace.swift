import Foundation
import Support

/// The place of a training run: taken before the training begins, filled beside it, and exchanged as a
/// whole, so that nothing of an earlier run stays among the files of the new one.
package struct RunPlace {
  private let staged: StagedFolder

  /// Where the run's files go until ``publish(_:isOver:_:)`` gives them their name.
  package var folder: String { staged.path }

  /// Where checkpoints go.
  package var checkpoints: CheckpointFolder { CheckpointFolder(of: folder) }
  /// The run folder with the checkpoint that was asked for and is there; nil where training begins.
  package let interrupted: String?

  /// Takes the place.
  ///
  /// - Parameters:
  ///   - overwrites: whether a run that is there, or the checkpoint of an interrupted one, may be replaced.
  ///   - resumes: whether to go on from a checkpoint where there is one: what an end before its time has
  ///     left, or what a signal has.
  /// - Throws: `UserError` where something is there that may not be, where nothing can be written, or
  ///   where another process is at work on the same place.
  package init(_ path: String, overwrites: Bool, resumes: Bool = false) throws {
    try checkWritable(path)
    let isStopped = resumes && CheckpointFolder(of: path).isThere
    if let found = try Self.obstacle(at: path, overwrites: overwrites || isStopped) {
      throw UserError(
        path, found: found, expected: "a name for a new run folder",
        remedy: overwrites
          ? "choose another name" : "choose another name, or replace a run with --overwrite")
    }
    staged = try StagedFolder(for: path, keepsContents: true)
    let isKilled = CheckpointFolder(of: staged.path).isThere
    if isKilled && resumes {
      interrupted = staged.path
    } else if isKilled && !overwrites {
      throw UserError(
        path, found: "the checkpoint of an interrupted training in \(staged.path)",
        expected: "a training that goes on from it",
        remedy: "add --resume, or begin anew with --overwrite")
    } else {
      staged.removeContents()
      interrupted = isStopped ? path : nil
    }
  }

  private static func obstacle(at path: String, overwrites: Bool) throws -> String? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    guard isFolder.boolValue else { return "a file of this name" }
    guard overwrites else { return "a folder of this name" }
    let content = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    // Never a home folder, say, by a slip of the pen.
    let isRun = content.isEmpty || content.contains("config.yaml") || content == ["model.deepfm"]
    return isRun ? nil : "a folder that holds something else than a run"
  }

  /// Writes the run's files and gives the folder its name.
  ///
  /// - Parameter isOver: whether nobody will go on from the checkpoint. It goes last: whatever happens before, there is
  ///   the run or what leads to it.
  /// - Throws: `UserError` where that fails: nothing of an earlier run is lost then, and the model is
  ///   kept where the error says, if anywhere can take it.
  package func publish(
    _ model: TrainedModel, isOver: Bool = true, _ write: (_ folder: String) throws -> Void
  ) throws {
    do {
      try write(folder)
      try staged.takePlace()
      if isOver { CheckpointFolder(of: staged.target).remove() }
    } catch let error as UserError {
      discard()
      throw rescued(model, error)
    }
  }

  /// Leaves nothing but a checkpoint, as after a training that came to nothing.
  package func discard() {
    if !checkpoints.isThere { staged.discard() }
  }

  private func rescued(_ model: TrainedModel, _ error: UserError) -> UserError {
    let folders = [getenv("TMPDIR").map { String(cString: $0) }, "/var/tmp", "/tmp"]
    for folder in folders.compactMap(\.self) {
      let path = "\(folder)/deepfm-\(getpid()).deepfm"
      guard (try? model.write(to: path)) != nil else { continue }
      var error = error
      error.remedy += ". The trained model is kept in \(path)"
      return error
    }
    return error
  }
}
