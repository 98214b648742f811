import Glibc
import Support
import Synchronization
import SystemPackage

/// Standard input. For several passes, what comes through a pipe is kept in a temporary file without a
/// name, which is gone when the program ends; a single pass takes it as it comes.
final class StandardInput: Sendable {
  static let shared = StandardInput()

  private struct State {
    /// The temporary file; nil before the first read.
    var file: FileDescriptor?
    var size = 0
    var isAtEnd = false
  }

  private let state = Mutex(State())
  private let input = FileDescriptor.standardInput
  /// Whether it is a file itself.
  private let isFile = lseek(STDIN_FILENO, 0, SEEK_CUR) >= 0

  private init() {}

  /// Reads some bytes from a place on, as many as fit at most; 0 means the end.
  ///
  /// - Parameter keeping: whether they can be read again; where not, each place follows the last one.
  /// - Throws: ``UserError`` if it cannot be read or kept.
  func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, keeping: Bool
  ) throws -> Int {
    if isFile {
      return try explaining(Self.cannotRead) {
        try input.read(fromAbsoluteOffset: Int64(offset), into: buffer)
      }
    }
    return try state.withLock { state in
      // A pipe that is taken as it comes may have been looked at before; what was kept comes first.
      if !keeping && offset >= state.size {
        return try explaining(Self.cannotRead) { try input.read(into: buffer) }
      }
      let file = try state.file ?? explaining(Self.cannotKeep, Self.temporaryFile)
      state.file = file
      while state.size <= offset && !state.isAtEnd {
        let got = try explaining(Self.cannotRead) { try input.read(into: buffer) }
        if got == 0 { state.isAtEnd = true }
        _ = try explaining(Self.cannotKeep) {
          try file.writeAll(toAbsoluteOffset: Int64(state.size), buffer[..<got])
        }
        state.size += got
      }
      return try explaining(Self.cannotKeep) {
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

  private static func cannotKeep(_ reason: Errno) -> UserError {
    UserError(
      "standard input", reason, expected: "room for a copy, since it is read twice",
      remedy: "let TMPDIR name a folder with room, or write the log to a file first")
  }

  private static func cannotRead(_ reason: Errno) -> UserError {
    UserError(
      "standard input", reason, expected: "a log", remedy: "check what is piped into it")
  }
}
