import Glibc
import Support
import Synchronization

/// A file for what does not fit into memory. It has no name from the moment it is made, so that the
/// system takes it away with the process, however that ends. Any thread may write and read.
final class SpillFile: Sendable {
  /// Where something was written.
  struct Extent: Sendable {
    let offset: Int
    let count: Int
  }

  private let folder: String
  private let state = Mutex(State())

  private struct State {
    var descriptor: Int32 = -1
    var end = 0
  }

  /// - Parameter folder: where it is made once something is written.
  init(in folder: String) { self.folder = folder }

  deinit {
    state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } }
  }

  /// How many bytes were written.
  var size: Int { state.withLock(\.end) }

  /// Writes bytes behind all others.
  /// - Throws: ``UserError`` with the system's reason.
  func append(_ bytes: UnsafeRawBufferPointer) throws -> Extent {
    let (descriptor, offset) = try state.withLock { state in
      if state.descriptor < 0 { state.descriptor = try makeFile() }
      defer { state.end += bytes.count }
      return (state.descriptor, state.end)
    }
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, offset + done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      done += count
    }
    return Extent(offset: offset, count: bytes.count)
  }

  /// Reads what was written.
  /// - Throws: ``UserError`` with the system's reason.
  func read(_ extent: Extent, into bytes: UnsafeMutableRawPointer) throws {
    let descriptor = state.withLock(\.descriptor)
    var done = 0
    while done < extent.count {
      let count = pread(descriptor, bytes + done, extent.count - done, extent.offset + done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      done += count
    }
  }

  private func makeFile() throws -> Int32 {
    let name = String(UInt64.random(in: 0...(.max)), radix: 16)
    let path = "\(folder)/.counts.\(name)\(AtomicFile.temporarySuffix)"
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure() }
    unlink(path)
    return descriptor
  }

  private func failure() -> UserError {
    UserError(
      folder, found: String(cString: strerror(errno)).lowercased(),
      expected: "room for counts that the bound keeps out of memory",
      remedy: "make room there, or allow more memory with --max-vocabulary-memory")
  }
}
