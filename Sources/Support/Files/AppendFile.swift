import SystemPackage

/// A file that is appended to over several runs, each of which begins where an earlier one is known to
/// have been.
package final class AppendFile {
  /// What a file holds: its length and the XXH64 of its bytes, in hexadecimal.
  package struct State: Codable, Sendable, Hashable {
    package var bytes = 0
    package var hash = hexadecimal(XXH64().value)

    package init() {}

    init(bytes: Int, hash: String) { (self.bytes, self.hash) = (bytes, hash) }
  }

  private let path: String
  private let descriptor: FileDescriptor
  private var count = 0
  private var hasher = XXH64()

  /// Opens a file, or makes it, and cuts off what lies behind a state.
  ///
  /// - Throws: ``UserError`` where it cannot be written, or does not hold what the state says.
  package init(_ path: String, from state: State) throws {
    self.path = path
    do {
      descriptor = try .open(
        FilePath(path), .readWrite, options: [.create, .closeOnExec],
        permissions: FilePermissions(rawValue: 0o644))
    } catch {
      throw UserError.unwritable(path, error as! Errno)
    }
    // From here on the object is whole: what is thrown closes the file.
    try explaining({ UserError.unwritable(path, $0) }) { try takeUp(state) }
  }

  deinit { try? descriptor.close() }

  /// What it holds.
  package var state: State { State(bytes: count, hash: hexadecimal(hasher.value)) }

  /// Appends bytes.
  /// - Throws: ``UserError`` with the system's reason.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    try explaining({ UserError.unwritable(path, $0) }) { _ = try descriptor.writeAll(bytes) }
    hasher.add(bytes)
    count += bytes.count
  }

  /// Appends text.
  /// - Throws: ``UserError`` with the system's reason.
  package func append(_ text: String) throws {
    var text = text
    try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
  }

  private func takeUp(_ state: State) throws {
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { chunk.deallocate() }
    while count < state.bytes {
      let wanted = UnsafeMutableRawBufferPointer(
        rebasing: chunk[..<min(chunk.count, state.bytes - count)])
      let got = try descriptor.read(into: wanted)
      guard got > 0 else { break }
      hasher.add(UnsafeRawBufferPointer(rebasing: chunk[..<got]))
      count += got
    }
    guard self.state == state else {
      throw UserError(
        path, found: "other bytes than were written", expected: "those of the interrupted run",
        remedy: "delete the folder and begin anew")
    }
    try descriptor.resize(to: Int64(count))
  }
}
