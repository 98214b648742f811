import Glibc
import Synchronization
import SystemPackage

/// A file for what does not fit into memory. It has no name from the moment it is made, so that the
/// system takes it away with the process, however that ends. Any thread may write and read.
package final class SpillFile: Sendable {
  /// Where something was written.
  package struct Range: Sendable {
    package let offset: Int
    package let count: Int
  }

  private let folder: String
  private let remedy: String
  private let state = Mutex(State())

  private struct State {
    var file: FileDescriptor?
    var end = 0
  }

  /// - Parameters:
  ///   - folder: where it is made once something is written.
  ///   - remedy: what a user may do where the disk has no room, as in `allow more memory with --memory`.
  package init(in folder: String, remedy: String) {
    (self.folder, self.remedy) = (folder, remedy)
  }

  deinit { state.withLock { try? $0.file?.close() } }

  /// How many bytes were written.
  package var size: Int { state.withLock(\.end) }

  /// Writes bytes behind all others.
  /// - Throws: ``UserError`` with the system's reason.
  package func append(_ bytes: UnsafeRawBufferPointer) throws -> Range {
    try explaining(failure) {
      let (file, offset) = try state.withLock { state in
        let file = try state.file ?? makeFile()
        state.file = file
        defer { state.end += bytes.count }
        return (file, state.end)
      }
      _ = try file.writeAll(toAbsoluteOffset: Int64(offset), bytes)
      return Range(offset: offset, count: bytes.count)
    }
  }

  /// Reads what was written.
  /// - Throws: ``UserError`` with the system's reason.
  package func read(_ range: Range, into bytes: UnsafeMutableRawPointer) throws {
    guard let file = state.withLock(\.file) else { return }
    try explaining(failure) {
      var done = 0
      while done < range.count {
        let count = try file.read(
          fromAbsoluteOffset: Int64(range.offset + done),
          into: UnsafeMutableRawBufferPointer(start: bytes + done, count: range.count - done))
        guard count > 0 else { throw Errno.ioError }
        done += count
      }
    }
  }

  private func makeFile() throws -> FileDescriptor {
    let name = String(UInt64.random(in: 0...(.max)), radix: 16)
    let path = FilePath("\(folder)/.counts.\(name)\(AtomicFile.temporarySuffix)")
    let file = try FileDescriptor.open(
      path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
      permissions: .ownerReadWrite)
    unlink(path.string)
    return file
  }

  private func failure(_ reason: Errno) -> UserError {
    UserError(
      folder, reason, expected: "room for what the bound keeps out of memory",
      remedy: "make room there, or \(remedy)")
  }
}
