import Support

/// The bytes of a source in order, decompressed where it is packed, in UTF-8 where it is UTF-16.
final class ByteStream {
  private let raw: RawBytes
  private let decompressor: (any Decompressor)?
  private var text: UTF16Text?
  /// Bytes that come before what is read next.
  private var ahead: ArraySlice<UInt8> = []

  /// - Throws: ``UserError`` if the source cannot be read.
  init(_ source: LogSource) throws {
    raw = try RawBytes(source)
    let head = try raw.head()
    // A file of it is read by its columns, and comes here only where nothing but text will do.
    if source.isStream && head == Self.parquet { throw Self.cannotSeek(source.name) }
    decompressor = try Self.decompressor(head, raw)
    var first = head
    if decompressor != nil {
      first = [0, 0, 0, 0]
      let count = try first.withUnsafeMutableBytes { try fill($0) }
      first.removeLast(4 - count)
      ahead = first[...]
      if first == Self.parquet {
        throw UserError(
          source.name, found: "Parquet, packed as \(decompressor!.packing)",
          expected: "it as it is",
          remedy: "unpack the file: its pages are packed already")
      }
    }
    text = try UTF16Text(first, source.name)
    if text != nil { ahead = text!.decode(ahead)[...] }
  }

  /// How a Parquet file begins.
  static let parquet = Array("PAR1".utf8)

  /// What Parquet is refused with that comes through a pipe.
  static func cannotSeek(_ name: String) -> UserError {
    UserError(
      name, found: "Parquet through a pipe",
      expected: "a file, since what its columns are and where stands at its end",
      remedy: "write it to a file, and name that")
  }

  /// What unpacks a source that begins so; nil for one that is not packed.
  private static func decompressor(_ head: [UInt8], _ raw: RawBytes) throws -> (any Decompressor)? {
    if head.starts(with: [0x1F, 0x8B]) { return GzipStream(raw) }
    if ZstdStream.recognizes(head) { return ZstdStream(raw) }
    if head.starts(with: Array("BZh".utf8)), head.count == 4, 0x31...0x39 ~= head[3] {
      return Bzip2Stream(raw)
    }
    if XzStream.recognizes(head) { return XzStream(raw) }
    if head == [0x50, 0x4B, 3, 4] { return ZipStream(raw) }
    if let foreign = ForeignFile(head) { throw foreign.error(raw.name) }
    return nil
  }

  /// How many bytes were read of what is stored.
  var stored: Int { raw.count }

  /// What the bytes were before they became text, in words; nil where they are as they were.
  var origin: String? {
    let words = [decompressor?.packing, text == nil ? nil : "UTF-16"].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }

  /// Fills a buffer; fewer bytes than fit mean the end.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = try read(into: rest)
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  private func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if !ahead.isEmpty {
      let first = ahead.prefix(buffer.count)
      buffer.copyBytes(from: first)
      ahead.removeFirst(first.count)
      return first.count
    }
    guard text != nil else { return try unpack(into: buffer) }
    while ahead.isEmpty {
      let count = try unpack(into: buffer)
      ahead = (count == 0 ? text!.end() : text!.decode(buffer.prefix(count)))[...]
      if count == 0 && ahead.isEmpty { return 0 }
    }
    return try read(into: buffer)
  }

  private func unpack(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try decompressor?.read(into: buffer) ?? raw.read(into: buffer)
  }

  /// Passes over bytes before the first is read: by seeking where that is possible.
  func skip(_ count: Int) throws {
    if decompressor == nil && text == nil && raw.seek(count) { return }
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
  /// What it takes, for a person.
  var packing: String { get }
  /// Reads some bytes, as many as fit at most; 0 means the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension LogSource {
  /// What its bytes are before they are text: how it is packed, and whether it is UTF-16; nil where it is
  /// plain.
  /// - Throws: ``UserError`` if it cannot be read.
  package func origin() throws -> String? {
    try columns != nil || isParquet() ? nil : ByteStream(self).origin
  }

  /// Whether it is a Parquet file, told by its first bytes and not by its name. False for a pipe.
  package func isParquet() throws -> Bool {
    switch kind {
    case .standardInput, .stream, .columns: false
    case .memory(let bytes): bytes.starts(with: ByteStream.parquet)
    case .file: try RawBytes(self).head() == ByteStream.parquet
    }
  }

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
