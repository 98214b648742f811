import Glibc
import SystemPackage

/// A file's bytes as memory, read from the disk as they are touched.
package final class MappedFile: @unchecked Sendable {
  /// The bytes, aligned to a page; valid as long as the object, which Swift may let go after the last
  /// mention of it: see ``withBytes(_:)``.
  package let bytes: UnsafeRawBufferPointer

  /// Calls `body` with the bytes.
  package func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(self) { try body(bytes) }
  }

  /// - Throws: ``UserError`` for what cannot be opened or is no regular file.
  package init(_ path: String, expected: String) throws {
    func failure() -> UserError {
      UserError(
        path, Errno(rawValue: errno), expected: expected,
        remedy: "check the path and its permissions")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    guard status.st_mode & S_IFMT == S_IFREG else {
      errno = S_IFDIR == status.st_mode & S_IFMT ? EISDIR : EINVAL
      throw failure()
    }
    let size = Int(status.st_size)
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let base = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED
    else { throw failure() }
    bytes = UnsafeRawBufferPointer(start: base, count: size)
  }

  /// Lets the system read some of the bytes ahead.
  package func fetch(_ start: UnsafeRawPointer, count: Int) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let address = UInt(bitPattern: start) & ~UInt(page - 1)
    let lead = Int(UInt(bitPattern: start) - address)
    madvise(UnsafeMutableRawPointer(bitPattern: address), count + lead, MADV_WILLNEED)
  }

  deinit {
    if let base = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }
}
