import Foundation
import SystemPackage

/// A folder that is filled beside its place and takes the name when all is in it, so that a folder of
/// this name is always whole: the old one until then, the new one from then on.
///
/// A lock in it keeps a second process from the same place. What an end before its time has left is
/// cleared away by the next who wants the place.
package final class StagedFolder {
  /// Where the folder is filled.
  package let path: String
  /// The name it will take.
  package let target: String
  private let lock: FolderLock

  /// Makes the folder and locks the place.
  ///
  /// - Parameters:
  ///   - target: the place; the folders around it are made as needed.
  ///   - keepsContents: whether what an end before its time has left stays, to be taken up again.
  /// - Throws: ``UserError`` where it cannot be made, or another process is at work on the same place.
  package init(for target: String, keepsContents: Bool = false) throws {
    let given = FilePath(target).string
    self.target = realpath(given, nil).map { Self.string(freeing: $0) } ?? given
    path = self.target + ".partial"
    try Self.makeFolder(path)
    lock = try FolderLock(path + "/lock", of: target)
    if !keepsContents { removeContents() }
  }

  /// Removes all that is in it.
  package func removeContents() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    where name != "lock" {
      try? FileManager.default.removeItem(atPath: path + "/" + name)
    }
  }

  /// Makes a folder in it, where it is not there.
  /// - Throws: ``UserError`` with the system's reason.
  package func makeFolder(_ name: String) throws { try Self.makeFolder(path + "/" + name) }

  /// Lets the folder take its place; what was there is gone then.
  /// - Throws: ``UserError`` with the system's reason; what was there is then untouched.
  package func takePlace() throws {
    unlink(path + "/lock")
    AtomicFile.synchronize(path)
    guard access(target, F_OK) == 0 else {
      guard rename(path, target) == 0 else { throw Self.failure(target) }
      return
    }
    if exchange(path, target) { return discard() }
    let old = target + ".old"
    try? FileManager.default.removeItem(atPath: old)
    guard rename(target, old) == 0 else { throw Self.failure(target) }
    guard rename(path, target) == 0 else {
      let reason = Self.failure(target)
      rename(old, target)
      throw reason
    }
    try? FileManager.default.removeItem(atPath: old)
  }

  /// Leaves nothing of it.
  package func discard() { try? FileManager.default.removeItem(atPath: path) }

  /// Lets two names change hands at once; false where the file system or the library cannot.
  private func exchange(_ a: String, _ b: String) -> Bool {
    typealias Call =
      @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
    guard let symbol = dlsym(nil, "renameat2") else { return false }
    let renameExchange: UInt32 = 2
    return unsafeBitCast(symbol, to: Call.self)(AT_FDCWD, a, AT_FDCWD, b, renameExchange) == 0
  }

  private static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw failure(path)
    }
  }

  private static func string(freeing text: UnsafeMutablePointer<CChar>) -> String {
    defer { free(text) }
    return String(cString: text)
  }

  private static func failure(_ path: String) -> UserError {
    UserError(
      path, Errno(rawValue: errno), expected: "a folder that can be written",
      remedy: "check the folder around it, its permissions and the disk's space")
  }
}
