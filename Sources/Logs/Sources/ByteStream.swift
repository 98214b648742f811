/// The bytes of a source in order, decompressed where the source is gzip or zstd.
final class ByteStream {
  private let raw: RawBytes
  private let decompressor: (any Decompressor)?

  /// - Throws: ``UserError`` if the source cannot be read.
  init(_ source: LogSource) throws {
    raw = try RawBytes(source)
    let head = try raw.head()
    if head.starts(with: [0x1F, 0x8B]) {
      decompressor = GzipStream(raw)
    } else if ZstdStream.recognizes(head) {
      decompressor = ZstdStream(raw)
    } else {
      if let foreign = ForeignFile(head) { throw foreign.error(source.name) }
      decompressor = nil
    }
  }

  /// How many bytes were read of what is stored.
  var stored: Int { raw.count }

  /// Fills a buffer; fewer bytes than fit mean the end.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = try decompressor?.read(into: rest) ?? raw.read(into: rest)
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// Passes over bytes before the first is read: by seeking where that is possible.
  func skip(_ count: Int) throws {
    if decompressor == nil && raw.seek(count) { return }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var left = count
    while left > 0 {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
      let got = try fill(part)
      if got == 0 { return }
      left -= got
    }
  }
}

/// Turns stored bytes into those of a log.
protocol Decompressor {
  /// Reads some bytes, as many as fit at most; 0 means the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension GzipStream: Decompressor {}
extension ZstdStream: Decompressor {}

extension LogSource {
  /// All bytes, decompressed, of a source that is small.
  /// - Throws: ``UserError`` if it cannot be read.
  package func contents() throws -> [UInt8] {
    let stream = try ByteStream(self)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = try chunk.withUnsafeMutableBytes({ try stream.fill($0) }), count > 0 {
      bytes += chunk[..<count]
    }
    return bytes
  }

  /// Calls `body` with all bytes as they are stored, piece by piece; returns their number.
  /// - Throws: ``UserError`` if it cannot be read.
  package func readStored(_ body: (UnsafeRawBufferPointer) -> Void) throws -> Int {
    let stream = try RawBytes(self)
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { chunk.deallocate() }
    while case let count = try stream.read(into: chunk), count > 0 {
      body(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
    }
    return stream.count
  }
}
