import Features
import Foundation
import Support
import Training

/// The runs of an experiment on disk: a folder each, whole or not there.
///
/// A run's folder is written under another name and renamed once everything is in it, so that an end
/// at any moment, by whatever signal, loses the run under way and no other. A folder stands for a
/// request only if it holds the very settings, data and device that are asked for.
package final class RunStore {
  /// The experiment's folder.
  package let folder: String
  private let lock: FolderLock

  /// Opens or makes an experiment's folder.
  ///
  /// - Throws: `UserError` where it cannot be made, holds something else, or another process works in it.
  package init(folder: String) throws {
    self.folder = folder
    let content = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    guard content.isEmpty || content.contains("runs") else {
      throw Self.failure(
        folder, "a folder that holds something else than an experiment",
        "a new or empty folder, or that of an experiment to go on with", "choose another name")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: folder + "/runs", withIntermediateDirectories: true)
    } catch {
      throw Self.failure(
        folder, "no folder that can be made", "a folder for the experiment", "check the path")
    }
    lock = try FolderLock(folder + "/.lock", of: folder)
    try removeLeftovers()
  }

  /// Where a run's files are.
  package func path(of run: String) -> String { Self.path(of: run, in: folder) }

  /// Where a run's files are.
  package static func path(of run: String, in folder: String) -> String {
    folder + "/runs/" + run
  }

  /// The finished run that stands for a request; nil if there is none.
  func find(_ request: RunRequest, _ identity: RunIdentity) -> FinishedRun? {
    let name = Self.name(of: request, identity)
    let place = path(of: name)
    guard
      let data = FileManager.default.contents(atPath: place + "/run.json"),
      let found = try? JSONText.decode(RunIdentity.self, from: data), found == identity,
      let summary = try? RunFolder.summary(in: place)
    else { return nil }
    return FinishedRun(request: request, folder: name, summary: summary)
  }

  private func unfinished(_ name: String) -> String { folder + "/runs/.unfinished-" + name }

  /// Makes the folder that a run's files go into until ``keep(_:_:)``.
  func begin(_ request: RunRequest, _ identity: RunIdentity) throws -> String {
    let folder = unfinished(Self.name(of: request, identity))
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Removes what is in the folder that ``begin(_:_:)`` made: nothing where the run is kept.
  func abandon(_ request: RunRequest, _ identity: RunIdentity) {
    try? FileManager.default.removeItem(atPath: unfinished(Self.name(of: request, identity)))
  }

  /// Keeps a run whose files are in the folder that ``begin(_:_:)`` made.
  func keep(_ request: RunRequest, _ identity: RunIdentity) throws -> FinishedRun {
    let name = Self.name(of: request, identity)
    let unfinished = unfinished(name)
    try AtomicFile.write(JSONText.record(identity), to: unfinished + "/run.json")
    // What had the name was no whole run, or it would have been found.
    try? FileManager.default.removeItem(atPath: path(of: name))
    guard rename(unfinished, path(of: name)) == 0 else {
      throw Self.failure(
        path(of: name), String(cString: strerror(errno)).lowercased(),
        "a folder that can be renamed", "check the disk's space and permissions")
    }
    return FinishedRun(
      request: request, folder: name, summary: try RunFolder.summary(in: path(of: name)))
  }

  /// What an end before its time has left.
  private func removeLeftovers() throws {
    let runs = folder + "/runs"
    for name in try FileManager.default.contentsOfDirectory(atPath: runs)
    where name.hasPrefix(".unfinished-") {
      try FileManager.default.removeItem(atPath: runs + "/" + name)
    }
  }

  private static func name(of request: RunRequest, _ identity: RunIdentity) -> String {
    let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.=")
    let variant = String(request.variant.name.prefix(60).map { allowed.contains($0) ? $0 : "-" })
    let visible = variant.hasPrefix(".") ? "-" + variant.dropFirst() : variant
    return "\(visible)-s\(request.seed)-\(identity.digest)"
  }

  private static func failure(
    _ folder: String, _ found: String, _ expected: String, _ remedy: String
  ) -> UserError {
    UserError(folder, found: found, expected: expected, remedy: remedy)
  }
}
