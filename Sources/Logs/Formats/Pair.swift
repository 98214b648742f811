import Support

/// One `id:value` of a log.
package struct Pair {
  package var id: Int32
  /// The id as it is written, without leading zeros; valid as long as its record.
  package var key: UnsafeRawBufferPointer
  package var value: Double

  /// Reads a cell `id:value`, or `field:id:value`, the field being −1 where it is not written.
  package static func read(
    _ bytes: UnsafeRawBufferPointer, withField: Bool
  ) throws(RecordProblem) -> (field: Int32, Pair) {
    guard withField else { return (-1, try Pair(bytes, of: bytes, "a pair id:value")) }
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let field = parseID(bytes[..<colon])
    else { throw problem(bytes, "field:id:value, each field a number from 0") }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)...])
    return (field, try Pair(rest, of: bytes, "field:id:value"))
  }

  private init(
    _ bytes: UnsafeRawBufferPointer, of cell: UnsafeRawBufferPointer, _ form: String
  ) throws(RecordProblem) {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
      throw Self.problem(cell, form)
    }
    if bytes.first == UInt8(ascii: "-") { throw Self.problem(cell, "an id from 0") }
    guard let id = parseID(bytes[..<colon]) else {
      throw Self.problem(cell, "an id from 0 to \(Int32.max)")
    }
    guard let value = parseNumber(UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)...])) else {
      throw Self.problem(cell, "a number behind the colon")
    }
    let digits = bytes[..<colon].drop { $0 == UInt8(ascii: "0") }
    let key = digits.isEmpty ? bytes[colon - 1..<colon] : digits
    self.id = id
    self.value = value
    self.key = UnsafeRawBufferPointer(rebasing: key)
  }

  private static func problem(
    _ cell: UnsafeRawBufferPointer, _ expected: String
  ) -> RecordProblem {
    RecordProblem(
      found: quoted(String(decoding: cell, as: UTF8.self)), expected: expected,
      remedy: "correct or delete the line")
  }
}

/// Cells between runs of blanks: a label, and pairs; behind a cell that begins with `#` is a comment.
package struct PairText: RecordGrammar {
  package init() {}

  package var bounds: RecordBounds { .commentedLines }

  package func scan(_ reader: inout RecordReader) {
    let (bytes, end) = (reader.bytes, reader.end)
    var place = reader.position
    while true {
      while RecordBounds.isBlank(bytes[place]) && place < end { place += 1 }
      if place == end || bytes[place] == UInt8(ascii: "\n") { break }
      if bytes[place] == UInt8(ascii: "#") {
        place = bytes.firstIndex(of: UInt8(ascii: "\n"), in: place..<end) ?? end
        break
      }
      let first = place
      // Everything up to the blank is taken for visible, so that junk is shown, not skipped.
      while !RecordBounds.isBlank(bytes[place]) && bytes[place] != UInt8(ascii: "\n") { place += 1 }
      reader.append(first, place)
    }
    reader.leave(at: place)
  }

  package func firstByte(of cell: Int, in reader: borrowing RecordReader) -> Int {
    reader.cells[cell * reader.stride].start - reader.bytes
  }

  /// svmlight's `qid:3`, the group of a line.
  @inline(__always)
  static func query(_ cell: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard cell[0] == UInt8(ascii: "q"), cell.count > 4, cell[1] == UInt8(ascii: "i"),
      cell[2] == UInt8(ascii: "d"), cell[3] == UInt8(ascii: ":")
    else { return nil }
    return UnsafeRawBufferPointer(rebasing: cell[4...])
  }

  /// Whether the first cell of a line is a pair already, and no label.
  static func lacksLabel(_ first: UnsafeRawBufferPointer) -> Bool {
    first.contains(UInt8(ascii: ":"))
  }
}

extension Table where Grammar == PairText {
  /// Whether the current line says which group it is of, `qid:3`.
  package var hasQuery: Bool { (0..<count).contains { PairText.query(self[$0]) != nil } }

  /// The pairs of the current line; nil where one cannot be read, which shows when it is read for good.
  ///
  /// - Parameter bad: gets what is wrong with the first line that cannot be read.
  package func pairs(withFields: Bool, _ bad: inout UserError?) -> [(field: Int32, Pair)]? {
    let first = PairText.lacksLabel(self[0]) ? 0 : 1
    var pairs: [(field: Int32, Pair)] = []
    for cell in first..<count where PairText.query(self[cell]) == nil {
      do throws(RecordProblem) {
        pairs.append(try Pair.read(self[cell], withField: withFields))
      } catch {
        bad =
          bad
          ?? self.error(
            at: cell, found: error.found, expected: error.expected, remedy: error.remedy)
        return nil
      }
    }
    return pairs
  }
}
