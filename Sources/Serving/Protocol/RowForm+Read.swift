import Logs
import Support

/// Reads a request of rows of named values, as KServe's version 1 and TensorFlow Serving have it:
/// `{"shared": {…}, "instances": [{…}, …]}`. What is shared stands for all rows.
struct RowFormReader {
  let values: RequestValues
  private var id: String?
  private var timeout: Int?
  private var rows = 0
  private var hasRows = false

  init(into values: RequestValues) { self.values = values }

  /// - Parameter bytes: the body; NUL stands behind it.
  /// - Throws: ``RequestError``, or `UserError` for a value.
  mutating func read(_ bytes: UnsafeRawBufferPointer) throws -> DecodedRequest {
    let body = try JSONBody(
      bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    var reader = self
    try body.members { parser, key, place in
      if parser.isKey(key, "id") {
        let (text, next) = try parser.string(at: place, "the request's id in quotes")
        reader.id = text
        return next
      }
      if parser.isKey(key, "timeout") {
        let (number, next) = try parser.whole(at: place, "microseconds as a whole number")
        reader.timeout = number == 0 ? nil : number
        return next
      }
      if parser.isKey(key, "place") { return try reader.values.readPlaces(&parser, at: place) }
      if parser.isKey(key, "shared") { return try reader.row(&parser, at: place, isShared: true) }
      guard parser.isKey(key, "instances") else {
        return try parser.skipValue(at: place, depth: 1)
      }
      return try reader.instances(&parser, at: place)
    }
    self = reader
    guard rows > 0 else {
      throw RequestError.malformed(
        "instances", found: "no row", expected: #"{"instances": [{"field": value, …}, …]}"#)
    }
    let (batch, statistics) = try values.encode(rows: rows, missingAllowed: true)
    return DecodedRequest(
      id: id, batch: batch, statistics: statistics, timeout: timeout,
      places: try values.checkedPlaces(rows: rows), answer: .predictions)
  }

  private mutating func instances(_ parser: inout JSONParser, at start: Int) throws -> Int {
    guard !hasRows else {
      throw JSONProblem(place: start, found: "instances twice", expected: "them once")
    }
    hasRows = true
    var reader = self
    defer { self = reader }
    return try parser.list(at: start, "a list of rows") { parser, place in
      guard reader.rows < reader.values.limits.rows else {
        throw RequestError.tooLarge(
          "instances: found more than \(reader.values.limits.rows) rows, expected fewer")
      }
      let next = try reader.row(&parser, at: place, isShared: false)
      reader.rows += 1
      reader.completeRow()
      return next
    }
  }

  private func row(
    _ parser: inout JSONParser, at start: Int, isShared: Bool
  ) throws -> Int {
    guard parser.bytes[start] == UInt8(ascii: "{") else {
      throw JSONProblem(place: start, expected: #"an object as in {"field": value}"#)
    }
    var expected = 0
    let (values, rows) = (values, rows)
    return try parser.members(at: start) { parser, key, place in
      let index = try Self.input(of: key, expected, parser, values)
      expected = index + 1
      let column = values.columns[index]
      let isNew =
        column.content == .nothing || !isShared && column.count == rows && !column.isShared
      guard isNew else {
        throw RequestError.malformed(
          "row \(rows)", found: "input \(quoted(values.inputs[index].name)) twice",
          expected: "each once, in the row or shared")
      }
      if !isShared && column.content == .nothing {
        // Rows before this one had none.
        for _ in 0..<rows { column.append(RequestValues.empty) }
      }
      (column.content, column.isShared) = (.cells, isShared)
      return try Self.value(&parser, at: place, of: index, into: column, values)
    }
  }

  /// Gives the row that was read a missing value where it has none.
  private func completeRow() {
    for column in values.columns
    where column.content != .nothing && !column.isShared && column.count < rows {
      column.append(RequestValues.empty)
    }
  }

  /// The input that a key names, which is likely the one expected.
  private static func input(
    of key: JSONParser.Text, _ expected: Int, _ parser: JSONParser, _ values: RequestValues
  ) throws -> Int {
    if !key.hasEscapes, expected < values.inputs.count {
      var name = values.inputs[expected].name
      let isExpected = name.withUTF8 {
        $0.count == key.count
          && $0.elementsEqual(
            UnsafeBufferPointer(start: parser.bytes + key.start, count: key.count))
      }
      if isExpected { return expected }
    }
    let name = try parser.text(key)
    guard let index = values.index(of: name) else { throw values.unknown(name) }
    return index
  }

  private static func value(
    _ parser: inout JSONParser, at place: Int, of index: Int, into column: ValueColumn,
    _ values: RequestValues
  ) throws -> Int {
    guard parser.bytes[place] == UInt8(ascii: "[") else {
      let (cell, next) = try values.scalar(parser, at: place)
      column.append(cell)
      return next
    }
    guard values.inputs[index].isList else {
      throw RequestError.malformed(
        "input \(quoted(values.inputs[index].name))", found: "a list", expected: "one value")
    }
    values.elements.removeAll()
    let next = try parser.list(at: place, "a list") {
      let (cell, next) = try values.scalar($0, at: $1)
      values.elements.append(cell)
      guard values.elements.count <= values.limits.list else {
        throw RequestError.tooLarge(
          "input \(quoted(values.inputs[index].name)): found more than \(values.limits.list) "
            + "values in a list, expected fewer")
      }
      return next
    }
    column.append(
      values.joined(
        UnsafeBufferPointer(start: values.elements.cells, count: values.elements.count)))
    return next
  }
}
