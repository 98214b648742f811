import Glibc
import Support
import SystemPackage

/// The bytes of a source that can be read at any place: a file, or memory. Any thread may read.
final class SeekableBytes: Sendable {
  let name: String
  let count: Int
  private let memory: [UInt8]
  private let descriptor: FileDescriptor?

  /// - Throws: ``UserError`` if it cannot be opened, or gives its bytes only in their order.
  init(_ source: LogSource) throws {
    name = source.name
    switch source.kind {
    case .memory(let bytes): (memory, descriptor, count) = (bytes, nil, bytes.count)
    case .columns: throw source.withoutBytes
    case .standardInput, .stream: throw ByteStream.cannotSeek(source.name)
    case .file:
      let file: FileDescriptor = try explaining({ UserError.unreadable(source.name, $0) }) {
        try .open(source.name, .readOnly, options: .closeOnExec)
      }
      (memory, descriptor) = ([], file)
      do {
        count = try explaining({ UserError.unreadable(source.name, $0) }) {
          Int(try file.seek(offset: 0, from: .end))
        }
      } catch {
        try? file.close()
        throw error
      }
    }
  }

  deinit { try? descriptor?.close() }

  /// The bytes of a range, which is within ``count``.
  func read(_ range: Range<Int>) throws -> Memory {
    let bytes = Memory(count: range.count)
    if descriptor == nil {
      memory.withUnsafeBytes { bytes.whole.copyMemory(from: .init(rebasing: $0[range])) }
      return bytes
    }
    var filled = 0
    while filled < range.count {
      let got = try explaining({ UserError.unreadable(name, $0) }) {
        try descriptor!.read(
          fromAbsoluteOffset: Int64(range.lowerBound + filled),
          into: UnsafeMutableRawBufferPointer(rebasing: bytes.whole[filled...]))
      }
      guard got > 0 else { throw ParquetProblem.cutShort("the file, which became shorter") }
      filled += got
    }
    return bytes
  }

  /// Bytes with zeros behind them, so that eight more can be read from any place.
  final class Memory: @unchecked Sendable {
    // Sendable: written by who makes it, then only read.
    static let padding = 16

    let whole: UnsafeMutableRawBufferPointer
    /// Valid as long as this; whoever looks at them keeps it.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(whole) }

    /// Calls `body` with the bytes, which stay meanwhile.
    func withBytes<Result>(
      _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
      try withExtendedLifetime(self) { try body(bytes) }
    }

    init(count: Int) {
      let memory = UnsafeMutableRawPointer.allocate(
        byteCount: count + Self.padding, alignment: 16)
      memset(memory + count, 0, Self.padding)
      whole = UnsafeMutableRawBufferPointer(start: memory, count: count)
    }

    deinit { whole.baseAddress!.deallocate() }
  }
}
