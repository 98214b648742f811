import Foundation
import SystemPackage

/// Keeps other processes from a folder as long as it lives; the system lets go of it when the process ends, however
/// that happens.
package final class FolderLock {
  private let descriptor: Int32

  /// Locks a folder.
  ///
  /// - Parameters:
  ///   - file: the file that stands for the lock, made where it is not there; it stays.
  ///   - place: what errors call the folder.
  /// - Throws: ``UserError`` where another process is at work on the folder, or the file cannot be written.
  package init(_ file: String, of place: String) throws {
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw UserError(
        place, Errno(rawValue: errno), expected: "a folder that can be written",
        remedy: "check its permissions and the disk's space")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw UserError(
        place, found: "another process at work in it", expected: "a folder of one's own",
        remedy: "wait until it ends, or choose another folder")
    }
  }

  deinit { close(descriptor) }
}
