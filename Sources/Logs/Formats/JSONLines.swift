import Support

/// One JSON object a line (RFC 8259), whose keys are the columns.
struct JSONLines: RecordFormat {
  var name: String { "jsonl" }
  var endings: [String] { ["jsonl", "ndjson"] }
  var naming: ColumnNaming { .keys }
  var bounds: RecordBounds { .visibleLines }

  func recognizes(_ firstLine: String) -> Bool { firstLine.first == "{" }

  func open(_ log: LogHead, _ request: ColumnRequest) throws -> LogParser {
    let names = request.columns
    let takesLists = names.map { name in
      request.fields.contains { $0.column == name && $0.isList }
    }
    let grammar = JSONObjects(names)
    return LogParser(
      FlatParser(grammar, columns: names) { reader in
        for cell in names.indices where reader[cell].first == 0 && !takesLists[cell] {
          throw reader.error(
            grammar, at: cell, found: "a list in \(quoted(names[cell]))", expected: "one value",
            remedy: "make the field multivalued, or correct the line")
        }
      })
  }
}

/// Objects of which some columns are read. A column's cell is the value of its key: a string's text, a
/// number as it is written, 1 or 0 for true and false, nothing for null. A list's cell begins with
/// NUL, which no text holds, and has another one between its values.
package struct JSONObjects: RecordGrammar {
  let columns: JSONColumns

  /// - Parameter names: the columns' keys, see ``JSONColumns/init(_:)``.
  package init(_ names: [String]) { columns = JSONColumns(names) }

  package var bounds: RecordBounds { .visibleLines }

  package func scan(_ reader: inout RecordReader) throws { try reader.scanJSON(columns) }

  package func firstByte(of cell: Int, in reader: borrowing RecordReader) -> Int {
    // A value that is not there would stand before the end of the object.
    reader.origins[cell] >= 0 ? reader.origins[cell] : reader.start
  }
}

extension RecordReader {
  /// Cuts the object at `position` into the columns' values and moves on behind its line.
  fileprivate mutating func scanJSON(_ columns: JSONColumns) throws {
    let lineEnd = bytes.firstIndex(of: UInt8(ascii: "\n"), in: position..<end) ?? end
    defer { leave(at: lineEnd) }
    if RecordBounds.visibleLines.isBlank(bytes, position..<lineEnd) { return }
    var parser = JSONParser(bytes)
    reserveScratch(lineEnd - position + 1)
    for column in 0..<columns.count {
      append(lineEnd, lineEnd)
      if column < origins.count { origins[column] = -1 } else { origins.append(-1) }
    }
    // A first look has room for a few columns only, and comes again once there is enough.
    if found > width { return }
    do {
      var place = parser.skipBlanks(position)
      guard bytes[place] == UInt8(ascii: "{") else {
        throw JSONProblem(place: place, expected: "an object {…}")
      }
      place = try object(at: place, level: 0, depth: 1, columns, &parser)
      place = parser.skipBlanks(place)
      guard place >= lineEnd else {
        throw JSONProblem(place: place, expected: "the end of the line")
      }
    } catch let problem as JSONProblem {
      throw error(problem, lineEnd: lineEnd)
    }
    keepScratch()
  }

  private func error(_ problem: JSONProblem, lineEnd: Int) -> UserError {
    let byte = min(problem.place, lineEnd)
    let few = UnsafeBufferPointer(start: bytes + byte, count: min(12, lineEnd - byte))
    let found = few.isEmpty ? "the end of the line" : quoted(String(decoding: few, as: UTF8.self))
    return UserError(
      name, line: line, column: byte - position + 1, found: problem.found ?? found,
      expected: problem.expected, remedy: "correct or delete the line")
  }

  /// Reads the members of an object; returns the byte behind it.
  private mutating func object(
    at start: Int, level: Int, depth: Int, _ columns: JSONColumns, _ parser: inout JSONParser
  ) throws -> Int {
    var expected = 0
    return try parser.members(at: start) { parser, key, place in
      let index = columns.find(try text(of: key), in: level, expected: expected)
      guard index >= 0 else { return try parser.skipValue(at: place, depth: depth) }
      expected = index + 1
      let entry = columns.levels[level][index]
      if entry.level >= 0 && bytes[place] == UInt8(ascii: "{") {
        try parser.checkDepth(depth, place)
        return try object(at: place, level: entry.level, depth: depth + 1, columns, &parser)
      }
      guard entry.column >= 0 else { return try parser.skipValue(at: place, depth: depth) }
      guard origins[entry.column] < 0 else {
        throw JSONProblem(place: key.start, found: "a key twice", expected: "each key once")
      }
      origins[entry.column] = place
      return try value(at: place, into: entry.column, parser)
    }
  }

  /// Reads a value into the cell of a column; returns the byte behind it.
  private mutating func value(at place: Int, into column: Int, _ parser: JSONParser) throws -> Int {
    guard bytes[place] == UInt8(ascii: "[") else {
      let (cell, next) = try scalar(at: place, parser)
      cells[column * stride] = cell
      return next
    }
    let start = scratchUsed
    var next = parser.skipBlanks(place + 1)
    if bytes[next] == UInt8(ascii: "]") { return next + 1 }
    while true {
      let mark = scratchUsed
      scratch[scratchUsed] = 0
      scratchUsed += 1
      let first = scratchUsed
      let (cell, behind) = try scalar(at: next, parser)
      if scratchUsed == first {
        // The text stands in the block as it is.
        (scratch + first).update(from: cell.start, count: cell.count)
        scratchUsed += cell.count
      }
      if cell.count == 0 { scratchUsed = mark }
      next = parser.skipBlanks(behind)
      if bytes[next] == UInt8(ascii: "]") { break }
      guard bytes[next] == UInt8(ascii: ",") else {
        throw JSONProblem(place: next, expected: "a comma or ]")
      }
      next = parser.skipBlanks(next + 1)
    }
    cells[column * stride] = Cell(
      start: UnsafePointer(scratch + start), count: scratchUsed - start)
    return next + 1
  }

  /// The text of a string, number, true, false or null, and the byte behind it.
  private mutating func scalar(at place: Int, _ parser: JSONParser) throws -> (Cell, next: Int) {
    switch bytes[place] {
    case UInt8(ascii: "\""):
      let string = try parser.string(at: place)
      let text = try text(of: string)
      return (
        Cell(start: text.baseAddress!.assumingMemoryBound(to: UInt8.self), count: text.count),
        string.next
      )
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      throw JSONProblem(
        place: place, found: bytes[place] == UInt8(ascii: "{") ? "an object" : "a list in a list",
        expected: "a string, a number, true, false, null or a list of these")
    default:
      let next = try parser.literal(at: place)
      return switch bytes[place] {
      case UInt8(ascii: "t"): (constant(UInt8(ascii: "1")), next)
      case UInt8(ascii: "f"): (constant(UInt8(ascii: "0")), next)
      case UInt8(ascii: "n"): (Cell(start: bytes + next, count: 0), next)
      default: (Cell(start: bytes + place, count: next - place), next)
      }
    }
  }

  private mutating func constant(_ byte: UInt8) -> Cell {
    scratch[scratchUsed] = byte
    scratchUsed += 1
    return Cell(start: UnsafePointer(scratch + scratchUsed - 1), count: 1)
  }

  /// The text of a string: where it stands, or without its escapes in the scratch memory.
  private mutating func text(of string: JSONParser.Text) throws -> UnsafeRawBufferPointer {
    let raw = UnsafeRawBufferPointer(start: bytes + string.start, count: string.count)
    guard string.hasEscapes else { return raw }
    let first = scratchUsed
    scratchUsed = try JSONParser(bytes).unescape(string, into: scratch, at: first)
    return UnsafeRawBufferPointer(start: scratch + first, count: scratchUsed - first)
  }
}
