import Glibc
import Support
import Synchronization
import SystemPackage

/// What is written to this process and cannot be read again: standard input, a named pipe, a process
/// substitution, a terminal. Each is opened once. For several passes, what comes is kept in a temporary
/// file without a name, which is gone when the program ends; a single pass takes it as it comes.
final class PassedStream: Sendable {
  static let standardInput = PassedStream("standard input", .standardInput)

  private static let opened = Mutex<[String: PassedStream]>([:])

  /// The stream at a path.
  /// - Throws: `Errno` where it cannot be opened.
  static func at(_ path: String) throws -> PassedStream {
    if let known = opened.withLock({ $0[path] }) { return known }
    let stream = PassedStream(path, try .open(path, .readOnly, options: .closeOnExec))
    return opened.withLock { opened in
      let first = opened[path] ?? stream
      opened[path] = first
      return first
    }
  }

  /// Whether something other than a file stands at a path, which gives its bytes only once.
  static func isAt(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return [S_IFIFO, S_IFCHR, S_IFSOCK].contains(status.st_mode & S_IFMT)
  }

  private struct State {
    /// The temporary file; nil before the first read.
    var file: FileDescriptor?
    var size = 0
    var isAtEnd = false
  }

  private let name: String
  private let state = Mutex(State())
  private let input: FileDescriptor
  /// Where it is read from, if it is a file itself (others have read its beginning); −1 if it is none.
  private let start: Int

  private init(_ name: String, _ input: FileDescriptor) {
    (self.name, self.input) = (name, input)
    start = lseek(input.rawValue, 0, SEEK_CUR)
  }

  /// Reads some bytes from a place on, as many as fit at most; 0 means the end.
  ///
  /// - Parameter keeping: whether they can be read again; where not, each place follows the last one.
  /// - Throws: ``UserError`` if it cannot be read or kept.
  func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, keeping: Bool
  ) throws -> Int {
    if start >= 0 {
      return try explaining(cannotRead) {
        try input.read(fromAbsoluteOffset: Int64(start + offset), into: buffer)
      }
    }
    return try state.withLock { state in
      // A pipe that is taken as it comes may have been looked at before; what was kept comes first.
      if !keeping && offset >= state.size {
        return try explaining(cannotRead) { try input.read(into: buffer) }
      }
      let file = try state.file ?? explaining(cannotKeep, Self.temporaryFile)
      state.file = file
      while state.size <= offset && !state.isAtEnd {
        let got = try explaining(cannotRead) { try input.read(into: buffer) }
        if got == 0 { state.isAtEnd = true }
        _ = try explaining(cannotKeep) {
          try file.writeAll(toAbsoluteOffset: Int64(state.size), buffer[..<got])
        }
        state.size += got
      }
      return try explaining(cannotKeep) {
        try file.read(fromAbsoluteOffset: Int64(offset), into: buffer)
      }
    }
  }

  private static func temporaryFile() throws -> FileDescriptor {
    var name = Array("\(TemporaryFolder.path)/deepfm-XXXXXX".utf8CString)
    let file = mkstemp(&name)
    guard file >= 0 else { throw Errno(rawValue: errno) }
    unlink(name)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return FileDescriptor(rawValue: file)
  }

  private func cannotKeep(_ reason: Errno) -> UserError {
    UserError(
      name, reason, expected: "room for a copy, since it is read twice",
      remedy: "let TMPDIR name a folder with room, or write the log to a file first")
  }

  private func cannotRead(_ reason: Errno) -> UserError {
    UserError(name, reason, expected: "a log", remedy: "check what is piped into it")
  }
}
