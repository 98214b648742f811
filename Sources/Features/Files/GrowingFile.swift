import Glibc

/// A file that is appended to over several runs, each of which begins where an earlier one is known to
/// have been.
final class GrowingFile {
  /// What a file holds: its length and the XXH64 of its bytes, in hexadecimal.
  struct Extent: Codable, Sendable, Hashable {
    var bytes = 0
    var hash = hexadecimal(XXH64().value)
  }

  private let path: String
  private let descriptor: Int32
  private var count = 0
  private var hasher = XXH64()

  /// Opens a file, or makes it, and cuts off what lies behind an extent.
  ///
  /// - Throws: ``InputError`` where it cannot be written, or does not hold what the extent says.
  init(_ path: String, from extent: Extent) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure(path) }
    do {
      try takeUp(extent)
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// What it holds.
  var extent: Extent { Extent(bytes: count, hash: hexadecimal(hasher.value)) }

  /// Appends bytes.
  /// - Throws: ``InputError`` with the system's reason.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    var left = bytes
    while !left.isEmpty {
      let written = Glibc.write(descriptor, left.baseAddress, left.count)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw Self.failure(path) }
      left = UnsafeRawBufferPointer(rebasing: left[written...])
    }
    hasher.add(bytes)
    count += bytes.count
  }

  /// Appends text.
  /// - Throws: ``InputError`` with the system's reason.
  func append(_ text: String) throws {
    var text = text
    try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
  }

  private func takeUp(_ extent: Extent) throws {
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { chunk.deallocate() }
    while count < extent.bytes {
      let got = read(descriptor, chunk.baseAddress, min(chunk.count, extent.bytes - count))
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { break }
      hasher.add(UnsafeRawBufferPointer(rebasing: chunk[..<got]))
      count += got
    }
    guard self.extent == extent else {
      throw InputError(
        path, found: "other bytes than were written", expected: "those of the interrupted run",
        remedy: "delete the folder and begin anew")
    }
    guard ftruncate(descriptor, off_t(count)) == 0 else { throw Self.failure(path) }
  }

  private static func failure(_ path: String) -> InputError {
    InputError(
      path, found: String(cString: strerror(errno)).lowercased(),
      expected: "a file that can be written",
      remedy: "check the folder, its permissions and the disk's space")
  }
}
