/// A message in the wire format of Protocol Buffers, as far as it is written here.
///
/// Numbers of tensors are kept as they are and not copied: a message is a list of pieces, which
/// ``write(_:)`` hands on one after the other, so that a large table is never in memory twice.
package struct ProtobufMessage {
  private enum Piece {
    case bytes([UInt8])
    case floats([Float])

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .floats(let numbers): 4 * numbers.count
      }
    }
  }

  private var pieces: [Piece] = []

  package init() {}

  /// How many bytes it has.
  package private(set) var count = 0

  /// Adds a number of any integer type, an enumeration or a truth value.
  package mutating func add(_ field: Int, _ value: Int64) {
    append(Self.varint(UInt64(field << 3)) + Self.varint(UInt64(bitPattern: value)))
  }

  /// Adds a number of four bytes.
  package mutating func add(_ field: Int, float value: Float) {
    append(Self.varint(UInt64(field << 3 | 5)) + Self.littleEndian(value.bitPattern))
  }

  /// Adds a number of eight bytes.
  package mutating func add(_ field: Int, double value: Double) {
    append(Self.varint(UInt64(field << 3 | 1)) + Self.littleEndian(value.bitPattern))
  }

  /// Adds numbers of eight bytes side by side.
  package mutating func add(_ field: Int, doubles: [Double]) {
    add(field, doubles.flatMap { Self.littleEndian($0.bitPattern) })
  }

  /// Adds text, or bytes.
  package mutating func add(_ field: Int, _ bytes: some Collection<UInt8>) {
    append(Self.varint(UInt64(field << 3 | 2)) + Self.varint(UInt64(bytes.count)) + bytes)
  }

  /// Adds text.
  package mutating func add(_ field: Int, _ text: String) { add(field, text.utf8) }

  /// Adds a message within this one.
  package mutating func add(_ field: Int, _ message: ProtobufMessage) {
    append(Self.varint(UInt64(field << 3 | 2)) + Self.varint(UInt64(message.count)))
    for piece in message.pieces { append(piece) }
  }

  /// Adds numbers as bytes, each four of them, the least significant first, and zeros behind them.
  package mutating func add(_ field: Int, floats: [Float], zeros: Int) {
    append(Self.varint(UInt64(field << 3 | 2)) + Self.varint(UInt64(4 * (floats.count + zeros))))
    append(.floats(floats))
    append([UInt8](repeating: 0, count: 4 * zeros))
  }

  /// Calls `body` with the bytes, piece by piece.
  package func write(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    for piece in pieces {
      switch piece {
      case .bytes(let bytes): try bytes.withUnsafeBytes(body)
      case .floats(let numbers): try numbers.withUnsafeBytes(body)
      }
    }
  }

  /// All bytes.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    write { bytes += $0 }
    return bytes
  }

  private mutating func append(_ bytes: [UInt8]) {
    count += bytes.count
    if case .bytes(var last)? = pieces.last {
      // Taken out while it grows: two owners would mean a copy.
      pieces.removeLast()
      last += bytes
      pieces.append(.bytes(last))
    } else {
      pieces.append(.bytes(bytes))
    }
  }

  private mutating func append(_ piece: Piece) {
    if case .bytes(let bytes) = piece { return append(bytes) }
    pieces.append(piece)
    count += piece.count
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var (bytes, rest): ([UInt8], UInt64) = ([], value)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// The bytes of numbers, the least significant first.
  package static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
