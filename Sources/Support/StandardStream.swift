import Glibc
import Synchronization
import SystemPackage

/// Standard output and standard error, written without a trap: a full disk behind one of them or a
/// reader that has gone must not end hours of work.
///
/// The first failure is remembered, and what is written after it is dropped; the command's end tells of
/// it, see ``failure``.
package final class StandardStream: Sendable {
  package static let output = StandardStream("standard output", .standardOutput)
  package static let error = StandardStream("standard error", .standardError)

  private let name: String
  private let descriptor: FileDescriptor
  private let state = Mutex<Errno?>(nil)

  private init(_ name: String, _ descriptor: FileDescriptor) {
    (self.name, self.descriptor) = (name, descriptor)
  }

  /// Puts something in the places of standard streams that are closed, which fails as they would: the next file
  /// to be opened would take the place, and what is said go into it.
  package static func keepPlaces() {
    for place in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(place, F_GETFD) < 0 {
      // The lowest place that is free is this one.
      _ = open("/dev/null", place == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes at once; after a failure does nothing.
  package func write(_ text: String) {
    try? writeChecked(text)
  }

  /// Writes at once.
  /// - Throws: ``UserError`` where the stream takes no more, now or before.
  package func writeChecked(_ text: String) throws {
    var text = text
    try text.withUTF8 { try writeChecked(UnsafeRawBufferPointer($0)) }
  }

  /// Writes at once.
  /// - Throws: ``UserError`` where the stream takes no more, now or before.
  package func writeChecked(_ bytes: UnsafeRawBufferPointer) throws {
    try state.withLock { failure in
      if failure == nil {
        do { try descriptor.writeAll(bytes) } catch { failure = error as? Errno }
      }
      if let failure { throw self.error(failure) }
    }
  }

  /// What became of the stream's first write that failed; nil where all is well.
  package var failure: UserError? { state.withLock { $0.map(error) } }

  private func error(_ reason: Errno) -> UserError {
    UserError(
      name, reason, expected: "all of the output to be taken",
      remedy: "make room on its disk, or see why its reader has stopped")
  }
}
