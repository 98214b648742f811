import Support

/// One `id:value` of a log.
struct Pair: @unchecked Sendable {
  // Sendable as long as its record is.
  var id: Int32
  /// The id as it is written, without leading zeros.
  var key: UnsafeRawBufferPointer
  var value: Double

  /// The cell of a line's first pair: 1 behind a label, 0 where there is none.
  static func first(of reader: borrowing RecordReader) -> Int {
    reader[0].contains(UInt8(ascii: ":")) ? 0 : 1
  }

  /// The pairs of a line.
  static func all(of reader: borrowing RecordReader) throws -> [Pair] {
    var pairs: [Pair] = []
    for cell in first(of: reader)..<reader.count { pairs.append(try read(cell, of: reader)) }
    return pairs
  }

  /// A cell `id:value`.
  static func read(_ cell: Int, of reader: borrowing RecordReader) throws -> Pair {
    try Pair(reader[cell], cell, of: reader, "a pair id:value")
  }

  /// The pairs of a line of libffm, with their fields.
  static func allWithFields(
    of reader: borrowing RecordReader
  ) throws -> [(field: Int32, Pair)] {
    var pairs: [(Int32, Pair)] = []
    for cell in first(of: reader)..<reader.count {
      pairs.append(try readWithField(cell, of: reader))
    }
    return pairs
  }

  /// A cell `field:id:value`.
  static func readWithField(
    _ cell: Int, of reader: borrowing RecordReader
  ) throws -> (field: Int32, Pair) {
    let bytes = reader[cell]
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      let field = parseID(bytes[..<colon])
    else { throw bad(cell, of: reader, "field:id:value, each field a number from 0") }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)...])
    return (field, try Pair(rest, cell, of: reader, "field:id:value"))
  }

  private init(
    _ bytes: UnsafeRawBufferPointer, _ cell: Int, of reader: borrowing RecordReader,
    _ form: String
  ) throws {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
      throw bad(cell, of: reader, form)
    }
    if bytes.first == UInt8(ascii: "-") { throw bad(cell, of: reader, "an id from 0") }
    guard let id = parseID(bytes[..<colon]) else {
      throw bad(cell, of: reader, "an id from 0 to \(Int32.max)")
    }
    guard let value = parseNumber(UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)...])) else {
      throw bad(cell, of: reader, "a number behind the colon")
    }
    let digits = bytes[..<colon].drop { $0 == UInt8(ascii: "0") }
    let key = digits.isEmpty ? bytes[colon - 1..<colon] : digits
    self.id = id
    self.value = value
    self.key = UnsafeRawBufferPointer(rebasing: key)
  }
}

/// A pair that cannot be read.
private func bad(
  _ cell: Int, of reader: borrowing RecordReader, _ expected: String
) -> UserError {
  reader.error(
    at: cell, found: quoted(reader.text(cell)), expected: expected,
    remedy: "correct or delete the line")
}
