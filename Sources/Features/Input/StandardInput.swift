import Glibc
import Support
import Synchronization

/// Standard input, which several passes can read: what comes through a pipe is kept in a temporary
/// file without a name, which is gone when the program ends.
final class StandardInput: Sendable {
  static let shared = StandardInput()

  private struct State {
    /// The temporary file, −1 before the first read.
    var file: Int32 = -1
    var size = 0
    var isAtEnd = false
  }

  private let state = Mutex(State())
  /// Whether it is a file itself.
  private let isFile = lseek(STDIN_FILENO, 0, SEEK_CUR) >= 0

  private init() {}

  /// Reads some bytes from a place on, as many as fit at most; 0 means the end.
  /// - Throws: ``UserError`` if it cannot be read or kept.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if isFile { return try retry { pread(STDIN_FILENO, buffer.baseAddress, buffer.count, offset) } }
    return try state.withLock { state in
      if state.file < 0 { state.file = try Self.temporaryFile() }
      while state.size <= offset && !state.isAtEnd {
        let got = try retry { Glibc.read(STDIN_FILENO, buffer.baseAddress, buffer.count) }
        if got == 0 { state.isAtEnd = true }
        var kept = 0
        while kept < got {
          kept += try retry(Self.cannotKeep) {
            pwrite(state.file, buffer.baseAddress! + kept, got - kept, state.size + kept)
          }
        }
        state.size += got
      }
      return try retry { pread(state.file, buffer.baseAddress, buffer.count, offset) }
    }
  }

  private static func temporaryFile() throws -> Int32 {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var name = Array("\(folder)/deepfm-XXXXXX".utf8CString)
    let file = mkstemp(&name)
    guard file >= 0 else { throw cannotKeep(errno) }
    unlink(name)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return file
  }

  private static func cannotKeep(_ code: Int32) -> UserError {
    UserError(
      "standard input", found: String(cString: strerror(code)).lowercased(),
      expected: "room for a copy, since it is read twice",
      remedy: "let TMPDIR name a folder with room, or write the log to a file first")
  }

  private static func cannotRead(_ code: Int32) -> UserError {
    UserError(
      "standard input", found: String(cString: strerror(code)).lowercased(),
      expected: "a log", remedy: "check what is piped into it")
  }

  private func retry(
    _ failure: (Int32) -> UserError = StandardInput.cannotRead, _ call: () -> Int
  ) throws -> Int {
    while true {
      let count = call()
      if count >= 0 { return count }
      if errno != EINTR { throw failure(errno) }
    }
  }
}
