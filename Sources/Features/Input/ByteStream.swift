import Glibc

/// The bytes of a source in order, decompressed where the source is gzip.
final class ByteStream {
  private let raw: RawBytes
  private let gzip: GzipStream?

  /// - Throws: ``InputError`` if the source cannot be read.
  init(_ source: LogSource) throws {
    raw = try RawBytes(source)
    gzip = try raw.startsWithGzipMagic() ? GzipStream(raw) : nil
  }

  /// Reads some bytes, as many as fit at most; 0 means the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try gzip?.read(into: buffer) ?? raw.read(into: buffer)
  }
}

/// The bytes of a source as they are stored.
final class RawBytes {
  let name: String
  private let descriptor: Int32
  private let memory: [UInt8]
  private var next = 0
  /// Bytes looked at before the first read.
  private var head: [UInt8] = []

  init(_ source: LogSource) throws {
    name = source.name
    memory = source.bytes ?? []
    descriptor = source.bytes == nil ? open(source.name, O_RDONLY | O_CLOEXEC) : -1
    if source.bytes == nil && descriptor < 0 { throw failure(errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func startsWithGzipMagic() throws -> Bool {
    var first = [UInt8](repeating: 0, count: 2)
    var count = 0
    while count < 2 {
      let got = try first.withUnsafeMutableBytes { try read(into: .init(rebasing: $0[count...])) }
      if got == 0 { break }
      count += got
    }
    head = Array(first.prefix(count))
    return head == [0x1F, 0x8B]
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if !head.isEmpty {
      let count = min(head.count, buffer.count)
      buffer.copyBytes(from: head.prefix(count))
      head.removeFirst(count)
      return count
    }
    if descriptor < 0 {
      let count = min(buffer.count, memory.count - next)
      buffer.copyBytes(from: memory[next..<next + count])
      next += count
      return count
    }
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw failure(errno) }
    }
  }

  private func failure(_ code: Int32) -> InputError {
    InputError(
      name, found: String(cString: strerror(code)).lowercased(), expected: "a readable file",
      remedy: "check the path and its permissions")
  }
}
