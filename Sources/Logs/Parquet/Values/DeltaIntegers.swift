/// Whole numbers as differences from the one before, in blocks of equal width (`DELTA_BINARY_PACKED`).
struct DeltaIntegers {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private let blocks: Int
  private let perBlock: Int
  /// How many numbers are left.
  private(set) var left: Int
  private var last: Int64
  private var isFirst = true
  // The block under way: the least difference, and where the widths of its parts are.
  private var least: Int64 = 0
  private var widths = 0
  private var part: Int
  // The part under way.
  private var width = 0
  private var leftInPart = 0
  private var bit = 0

  /// - Parameter bytes: sixteen more can be read behind them.
  /// - Throws: ``ParquetProblem``.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    self.bytes = bytes
    var position = 0
    let blockSize = try Self.varint(bytes, &position)
    let parts = try Self.varint(bytes, &position)
    let count = try Self.varint(bytes, &position)
    let first = try Self.varint(bytes, &position)
    guard 1...(1 << 16) ~= parts, 8...(1 << 24) ~= blockSize, blockSize % parts == 0,
      (blockSize / parts) % 8 == 0, count <= 1 << 40
    else {
      throw ParquetProblem(
        "differences in \(parts) parts of blocks of \(blockSize)", expected: "parts of 32 at least")
    }
    (blocks, perBlock) = (Int(parts), Int(blockSize / parts))
    (left, part) = (Int(count), Int(parts))
    last = Self.signed(first)
    self.position = position
  }

  private static func signed(_ number: UInt64) -> Int64 {
    Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }

  private static func varint(
    _ bytes: UnsafeRawBufferPointer, _ position: inout Int
  ) throws -> UInt64 {
    var (number, shift) = (UInt64(0), UInt64(0))
    while true {
      guard position < bytes.count, shift < 70 else { throw ParquetProblem.cutShort("differences") }
      let byte = bytes[position]
      position += 1
      number |= UInt64(byte & 127) << shift
      if byte < 128 { return number }
      shift += 7
    }
  }

  /// Goes to the next part of a block.
  private mutating func nextPart() throws {
    if part == blocks {
      least = Self.signed(try Self.varint(bytes, &position))
      guard bytes.count - position >= blocks else { throw ParquetProblem.cutShort("differences") }
      (widths, position, part) = (position, position + blocks, 0)
    }
    width = Int(bytes[widths + part])
    part += 1
    let size = width * perBlock / 8
    // What stands behind the last number may be left away.
    let needed = left >= perBlock ? size : (left * width + 7) / 8
    guard width <= 64, needed <= bytes.count - position else {
      throw ParquetProblem.cutShort("differences")
    }
    bit = position * 8
    position = min(position + size, bytes.count)
    leftInPart = perBlock
  }

  /// Puts the next numbers into memory.
  mutating func read(_ count: Int, into target: UnsafeMutablePointer<Int64>) throws {
    guard count <= left else { throw ParquetProblem.cutShort("differences") }
    var done = 0
    if isFirst && count > 0 {
      isFirst = false
      target[0] = last
      (done, left) = (1, left - 1)
    }
    while done < count {
      if leftInPart == 0 { try nextPart() }
      let some = min(leftInPart, count - done)
      unpack(some, into: target + done)
      done += some
      left -= some
      leftInPart -= some
    }
  }

  private mutating func unpack(_ count: Int, into target: UnsafeMutablePointer<Int64>) {
    let start = bytes.baseAddress!
    let mask = width == 64 ? ~0 : (UInt64(1) << UInt64(width)) - 1
    for index in 0..<count {
      let shift = UInt64(bit & 7)
      var word =
        UInt64(
          littleEndian: start.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)) >> shift
      if width + Int(shift) > 64 {
        word |= UInt64(start.load(fromByteOffset: bit >> 3 + 8, as: UInt8.self)) << (64 - shift)
      }
      last = last &+ least &+ Int64(bitPattern: word & mask)
      target[index] = last
      bit += width
    }
  }

  /// The byte behind the last number.
  func end() throws -> Int {
    var rest = self
    if rest.isFirst && rest.left > 0 { rest.left -= 1 }
    while rest.left > 0 {
      if rest.leftInPart == 0 { try rest.nextPart() }
      let some = min(rest.leftInPart, rest.left)
      (rest.left, rest.leftInPart) = (rest.left - some, rest.leftInPart - some)
    }
    return rest.position
  }
}
