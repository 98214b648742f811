/// Reads Thrift's compact protocol, in which Parquet writes its metadata: numbers of seven bits a byte, fields
/// with a type and the distance of their id from the one before. Fields that are not asked for are passed over.
struct ThriftReader {
  /// How a field is written.
  enum Kind: UInt8 {
    case isTrue = 1
    case isFalse, byte, int16, int32, int64, double, binary, list, set, map, structure
  }

  /// Structures in structures, or lists in lists, are followed so far and no further.
  private static let deepest = 32

  private let bytes: UnsafeRawBufferPointer
  /// The next byte.
  private(set) var position = 0
  private var depth = 0

  /// - Parameter bytes: must stay as long as the reader.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private mutating func byte() throws -> UInt8 {
    guard position < bytes.count else { throw ParquetProblem.cutShort("its metadata") }
    position += 1
    return bytes[position - 1]
  }

  private mutating func varint() throws -> UInt64 {
    var (number, shift) = (UInt64(0), UInt64(0))
    while true {
      let byte = try byte()
      number |= UInt64(byte & 127) << shift
      if byte < 128 { return number }
      shift += 7
      guard shift < 64 else {
        throw ParquetProblem("a number of more than 64 bits in its metadata", expected: "fewer")
      }
    }
  }

  /// A whole number of any width.
  mutating func integer() throws -> Int {
    let number = try varint()
    return Int(truncatingIfNeeded: number >> 1) ^ -Int(truncatingIfNeeded: number & 1)
  }

  /// A whole number of 32 bits that counts something: sums of some of them are whole numbers too.
  mutating func count() throws -> Int {
    let number = try integer()
    guard 0...Int(Int32.max) ~= number else {
      throw ParquetProblem("a count of \(number)", expected: "one from 0 to \(Int32.max)")
    }
    return number
  }

  mutating func binary() throws -> UnsafeRawBufferPointer {
    let count = try varint()
    guard count <= UInt64(bytes.count - position) else {
      throw ParquetProblem.cutShort("its metadata")
    }
    defer { position += Int(count) }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(count)])
  }

  mutating func signedByte() throws -> Int8 { Int8(bitPattern: try byte()) }

  mutating func string() throws -> String { String(decoding: try binary(), as: UTF8.self) }

  /// Reads a structure.
  ///
  /// - Parameter take: called with the id of each field and its kind; it reads the value, or returns false
  ///   to have it passed over. The value of a boolean is its kind.
  mutating func structure(
    _ take: (inout ThriftReader, Int, Kind) throws -> Bool
  ) throws {
    try enter()
    var id = 0
    while true {
      let head = try byte()
      if head == 0 { break }
      let kind = try kind(head & 15)
      id = head >> 4 == 0 ? try integer() : id &+ Int(head >> 4)
      if try !take(&self, id, kind) { try skip(kind) }
    }
    depth -= 1
  }

  /// Reads a list of one kind; `element` reads each.
  mutating func list<Element>(
    _ wanted: Kind, _ element: (inout ThriftReader) throws -> Element
  ) throws -> [Element] {
    let (count, kind) = try listHead()
    guard kind == wanted || count == 0 else {
      throw ParquetProblem("another list than expected in its metadata", expected: "\(wanted)s")
    }
    try enter()
    var elements: [Element] = []
    for _ in 0..<count { elements.append(try element(&self)) }
    depth -= 1
    return elements
  }

  private mutating func listHead() throws -> (count: Int, Kind) {
    let head = try byte()
    let kind = try kind(head & 15)
    let count = head >> 4 == 15 ? try varint() : UInt64(head >> 4)
    // Each element takes a byte at least.
    guard count <= UInt64(bytes.count - position) else {
      throw ParquetProblem.cutShort("its metadata")
    }
    return (Int(count), kind)
  }

  private func kind(_ number: UInt8) throws -> Kind {
    guard let kind = Kind(rawValue: number) else {
      throw ParquetProblem("type \(number) in its metadata", expected: "one of Thrift's")
    }
    return kind
  }

  private mutating func enter() throws {
    depth += 1
    guard depth <= Self.deepest else {
      throw ParquetProblem("metadata nested deeper than \(Self.deepest)", expected: "less")
    }
  }

  private mutating func skip(_ kind: Kind) throws {
    switch kind {
    case .isTrue, .isFalse: break
    case .byte: _ = try byte()
    case .int16, .int32, .int64: _ = try varint()
    case .double:
      guard bytes.count - position >= 8 else { throw ParquetProblem.cutShort("its metadata") }
      position += 8
    case .binary: _ = try binary()
    case .structure: try structure { _, _, _ in false }
    case .list, .set:
      let (count, kind) = try listHead()
      try enter()
      for _ in 0..<count { try skipElement(kind) }
      depth -= 1
    case .map:
      let count = try varint()
      if count == 0 { break }
      let kinds = try byte()
      guard count <= UInt64(bytes.count - position) else {
        throw ParquetProblem.cutShort("its metadata")
      }
      let (key, value) = (try self.kind(kinds >> 4), try self.kind(kinds & 15))
      try enter()
      for _ in 0..<count {
        try skipElement(key)
        try skipElement(value)
      }
      depth -= 1
    }
  }

  /// A boolean in a list is a byte; as a field it is its kind.
  private mutating func skipElement(_ kind: Kind) throws {
    if kind == .isTrue || kind == .isFalse { _ = try byte() } else { try skip(kind) }
  }
}
