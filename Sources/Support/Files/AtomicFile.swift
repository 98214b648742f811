import Foundation
import Glibc
import SystemPackage

/// Writes files that are either whole or not there: into a temporary file of the same folder, which
/// takes the name once everything has reached the disk.
package struct AtomicFile {
  /// How the names of files end that are not whole yet.
  package static let temporarySuffix = ".tmp"

  private let path: String
  /// Where the bytes go first, and the name they get; nil for a stream, which gets them as they come.
  private let names: (temporary: FilePath, final: FilePath)?
  private let descriptor: FileDescriptor

  /// Begins a file, which has its name only after ``commit(synchronized:)``.
  /// - Throws: ``UserError`` where a result cannot go, see `Place`, or with the system's reason.
  package init(path: String) throws {
    self.path = path
    switch try Place(path) {
    case .stream(let stream):
      names = nil
      descriptor = try explaining({ Self.refusal(path, $0) }) {
        try .open(stream, .writeOnly, options: [.append, .closeOnExec, .nonBlocking])
      }
      // It was not to wait for a pipe's reader, but is to wait for a slow one.
      let flags = fcntl(descriptor.rawValue, F_GETFL)
      _ = fcntl(descriptor.rawValue, F_SETFL, flags & ~O_NONBLOCK)
    case .file(let final, let permissions):
      let name = ".\(final.lastComponent?.string ?? "").\(getpid())\(Self.temporarySuffix)"
      let temporary = Self.folder(of: final).appending(name)
      names = (temporary, final)
      descriptor = try explaining({ UserError.unwritable(path, $0) }) {
        try .open(
          temporary, .writeOnly, options: [.create, .truncate, .closeOnExec],
          permissions: permissions)
      }
      // Permissions that the umask would take away, where the file had them before.
      fchmod(descriptor.rawValue, permissions.rawValue)
    }
  }

  private static func refusal(_ path: String, _ reason: Errno) -> UserError {
    guard reason == .noSuchAddressOrDevice else { return UserError.unwritable(path, reason) }
    return UserError(
      path, found: "a pipe that nobody reads", expected: "one with a reader",
      remedy: "start the reader first, or choose a file")
  }

  /// Ends the file and gives it its name.
  /// - Throws: ``UserError`` with the system's reason; nothing is left then.
  package func commit(synchronized: Bool = true) throws {
    guard let names else {
      return try explaining({ UserError.unwritable(path, $0) }) { try descriptor.close() }
    }
    var failure = synchronized && fsync(descriptor.rawValue) != 0 ? Errno(rawValue: errno) : nil
    do { try descriptor.close() } catch { failure = failure ?? error as? Errno }
    if failure == nil, rename(names.temporary.string, names.final.string) != 0 {
      failure = Errno(rawValue: errno)
    }
    if let failure {
      unlink(names.temporary.string)
      throw UserError.unwritable(path, failure)
    }
    if synchronized { Self.synchronize(Self.folder(of: names.final).string) }
  }

  /// Takes away what earlier runs had begun below a folder when they were killed. For who has the folder's lock: nobody
  /// writes these files any more.
  package static func removeUnfinished(below folder: String) {
    for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init()
    where name.hasSuffix(temporarySuffix) {
      unlink("\(folder)/\(name)")
    }
  }

  /// Ends the file and leaves nothing of it.
  package func discard() {
    try? descriptor.close()
    if let names { unlink(names.temporary.string) }
  }

  /// Writes a file.
  ///
  /// - Parameters:
  ///   - path: where; what was there before is replaced.
  ///   - synchronized: whether to wait until the disk has it, so that it outlasts a power cut.
  ///   - body: writes the contents.
  /// - Throws: ``UserError`` with the system's reason, or what `body` throws; nothing is left then.
  package static func write(
    to path: String, synchronized: Bool = true, _ body: (AtomicFile) throws -> Void
  ) throws {
    let file = try AtomicFile(path: path)
    do {
      try body(file)
    } catch {
      file.discard()
      throw error
    }
    try file.commit(synchronized: synchronized)
  }

  /// Writes a text file.
  /// - Throws: ``UserError`` with the system's reason; nothing is left then.
  package static func write(_ text: String, to path: String) throws {
    try write(to: path) { try $0.append(text) }
  }

  /// Waits until the disk has a file, or the names in a folder. Some file systems cannot; there the
  /// rename is as durable as they make it.
  package static func synchronize(_ path: String) {
    guard let descriptor = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else {
      return
    }
    fsync(descriptor.rawValue)
    try? descriptor.close()
  }

  /// Appends bytes.
  /// - Throws: ``UserError`` with the system's reason.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    _ = try explaining({ UserError.unwritable(path, $0) }) { try descriptor.writeAll(bytes) }
  }

  /// Appends text.
  /// - Throws: ``UserError`` with the system's reason.
  package func append(_ text: String) throws {
    var text = text
    try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
  }

  private static func folder(of path: FilePath) -> FilePath {
    let folder = path.removingLastComponent()
    return folder.isEmpty ? "." : folder
  }
}
