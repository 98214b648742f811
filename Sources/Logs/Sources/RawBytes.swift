import Glibc
import Support
import SystemPackage

/// The bytes of a source as they are stored.
final class RawBytes {
  let name: String
  /// How many bytes were read.
  private(set) var count = 0
  private let kind: LogSource.Kind
  private let descriptor: FileDescriptor?
  private let stream: PassedStream?
  /// The next byte, where there is no descriptor that knows.
  private var next = 0
  /// Bytes looked at before the first read.
  private var ahead: [UInt8] = []

  /// - Throws: ``UserError`` if the source cannot be read.
  init(_ source: LogSource) throws {
    if source.columns != nil { throw source.withoutBytes }
    name = source.name
    kind = source.kind
    (descriptor, stream) = try explaining({ Self.failure(source.name, $0) }) {
      switch source.kind {
      case .file: (try .open(source.name, .readOnly, options: .closeOnExec), nil)
      case .stream: (nil, try .at(source.name))
      case .standardInput: (nil, .standardInput)
      case .memory, .columns: (nil, nil)
      }
    }
    if let descriptor { posix_fadvise(descriptor.rawValue, 0, 0, POSIX_FADV_SEQUENTIAL) }
  }

  deinit { try? descriptor?.close() }

  /// The first four bytes, fewer where there are not so many; they are still read afterwards.
  func head() throws -> [UInt8] {
    var first = [UInt8](repeating: 0, count: 4)
    var filled = 0
    while filled < 4 {
      let got = try first.withUnsafeMutableBytes { try read(into: .init(rebasing: $0[filled...])) }
      if got == 0 { break }
      filled += got
    }
    ahead = Array(first.prefix(filled))
    count = 0
    return ahead
  }

  /// Reads some bytes, as many as fit at most; 0 means the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let got = try readNext(into: buffer)
    count += got
    return got
  }

  /// Goes to a byte counted from the start; false where the source cannot (a pipe).
  func seek(_ place: Int) -> Bool {
    if let descriptor, (try? descriptor.seek(offset: Int64(place), from: .start)) == nil {
      return false
    }
    (ahead, next, count) = ([], place, place)
    return true
  }

  private func readNext(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if !ahead.isEmpty {
      let count = min(ahead.count, buffer.count)
      buffer.copyBytes(from: ahead.prefix(count))
      ahead.removeFirst(count)
      return count
    }
    switch kind {
    case .memory(let bytes):
      let count = min(buffer.count, max(bytes.count - next, 0))
      if count > 0 { buffer.copyBytes(from: bytes[next..<next + count]) }
      next += count
      return count
    case .standardInput(let isKept), .stream(let isKept):
      let count = try stream!.read(at: next, into: buffer, keeping: isKept)
      next += count
      return count
    case .columns: return 0
    case .file:
      return try explaining({ Self.failure(name, $0) }) { try descriptor!.read(into: buffer) }
    }
  }

  private static func failure(_ name: String, _ reason: Errno) -> UserError {
    guard reason == .isDirectory else { return UserError.unreadable(name, reason) }
    return LogSource.folder(name)
  }
}
