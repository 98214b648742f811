/// The rows of a libsvm log: `label id:value id:value …`, each id in the range of one field.
struct LibSVMRows: RowFormat {
  private let labels: LabelPolicy
  /// The fields' ranges, ascending, and whose they are.
  private let ranges: [(ids: IDRange, field: Int)]
  private let rules: [Rule]
  /// The pairs of the row, and the fields they belong to.
  private var pairs: [(pair: Pair, field: Int)] = []
  /// Which fields the row has ids of.
  private var filled: [Bool]
  /// The field whose ids are groups, −1 for none; and the row's group.
  private let groupField: Int
  private var group: UInt64 = 0

  /// What the ids of a field may be.
  private struct Rule {
    let name: String
    let kind: Schema.Field.Kind
    let weighted: Bool
  }

  /// - Throws: ``InputError`` for a field without ids.
  init(schema: Schema, labels: LabelPolicy) throws {
    self.labels = labels
    rules = schema.fields.map {
      Rule(name: $0.name, kind: $0.kind, weighted: $0.weighted ?? false)
    }
    ranges = try schema.fields.enumerated().map { index, field in
      guard let ids = field.ids else {
        throw InputError(
          "schema", found: "field \(quoted(field.name)) without ids",
          expected: "the range of its ids for libsvm", remedy: "add ids: first-last")
      }
      return (ids, index)
    }.sorted { $0.ids.first < $1.ids.first }
    filled = [Bool](repeating: false, count: rules.count)
    groupField =
      try schema.group.map { try Columns(schema.fields.map(\.name)).index(of: $0, in: "schema") }
      ?? -1
  }

  mutating func deliver<Consumer: RowConsumer>(
    _ reader: borrowing RecordReader, _ head: RowHead, to consumer: inout Consumer
  ) throws -> Bool {
    let first = try Self.firstPair(of: reader)
    if first == 0 && labels == .required {
      throw reader.error(
        at: 0, found: quoted(reader.text(0)), expected: "a label 0 or 1 before the pairs",
        remedy: "write label id:value …")
    }
    try readPairs(reader, from: first)
    var head = head
    if first == 1 { head.label = try Rows.label(0, of: reader, by: Schema.Label()) }
    head.group = group
    guard consumer.beginRow(head) else { return first == 1 }
    for (pair, field) in pairs {
      if rules[field].kind == .numeric {
        consumer.number(pair.value, field: field)
      } else {
        consumer.token(pair.key, value: Float(pair.value), field: field)
      }
    }
    for field in filled.indices where !filled[field] { consumer.missing(field: field) }
    consumer.endRow()
    return first == 1
  }

  private mutating func readPairs(_ reader: borrowing RecordReader, from first: Int) throws {
    pairs.removeAll(keepingCapacity: true)
    for field in filled.indices { filled[field] = false }
    if groupField >= 0 { group = XXH64.hash(UnsafeRawBufferPointer(start: nil, count: 0)) }
    for cell in first..<reader.count {
      let pair = try Self.pair(cell, of: reader)
      let field = try self.field(of: pair, at: cell, of: reader)
      try check(pair, at: cell, of: field, isFirst: !filled[field], reader)
      filled[field] = true
      if field == groupField { group = XXH64.hash(pair.key) }
      pairs.append((pair, field))
    }
  }

  private func field(
    of pair: Pair, at cell: Int, of reader: borrowing RecordReader
  ) throws -> Int {
    // Binary search for the last range that starts at or below the id.
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].ids.first <= pair.id { low = middle + 1 } else { high = middle }
    }
    if low > 0, pair.id <= ranges[low - 1].ids.last { return ranges[low - 1].field }
    throw reader.error(
      at: cell, found: "id \(pair.id)",
      expected: "an id of a field (\(listed(ranges.map { "\($0.ids)" })))",
      remedy: "correct it, or give it to a field")
  }

  private func check(
    _ pair: Pair, at cell: Int, of field: Int, isFirst: Bool,
    _ reader: borrowing RecordReader
  ) throws {
    let rule = rules[field]
    if !isFirst && rule.kind != .multivalued {
      throw reader.error(
        at: cell, found: "a second id of field \(quoted(rule.name))",
        expected: "one",
        remedy: "delete it, or make the field multivalued")
    }
    if rule.kind != .numeric && !rule.weighted && pair.value != 1 {
      throw reader.error(
        at: cell, found: "value \(pair.value) in field \(quoted(rule.name))",
        expected: "1",
        remedy: "set weighted: true for the field if its values count")
    }
  }

  /// One `id:value`.
  struct Pair: @unchecked Sendable {
    // Sendable as long as its record is.
    var id: Int32
    /// The id as it is written, without leading zeros.
    var key: UnsafeRawBufferPointer
    var value: Double
  }

  /// The cell of a line's first pair: 1 behind a label, 0 where there is none.
  static func firstPair(of reader: borrowing RecordReader) throws -> Int {
    reader[0].contains(UInt8(ascii: ":")) ? 0 : 1
  }

  static func pair(_ cell: Int, of reader: borrowing RecordReader) throws -> Pair {
    let bytes = reader[cell]
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
      throw bad(cell, of: reader, "a pair id:value")
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
    return Pair(id: id, key: UnsafeRawBufferPointer(rebasing: key), value: value)
  }
}

/// A pair that cannot be read.
private func bad(
  _ cell: Int, of reader: borrowing RecordReader, _ expected: String
) -> InputError {
  reader.error(
    at: cell, found: quoted(reader.text(cell)), expected: expected,
    remedy: "correct or delete the line")
}
