import Support

/// The rows of a log of pairs: libsvm's `label id:value …`, where the range of an id says its field, or
/// libffm's `label field:id:value …`.
struct PairRows: RowFormat {
  private let labels: LabelPolicy
  private let owners: Owners
  private let rules: [Rule]
  /// The pairs of the row, and the fields they belong to.
  private var pairs: [(pair: Pair, field: Int)] = []
  /// Which fields the row has ids of.
  private var filled: [Bool]
  /// The field whose ids are groups, −1 for none; and the row's group.
  private let groupField: Int
  private var group: UInt64 = 0

  /// How the field of an id is told.
  private enum Owners {
    /// The fields' ranges of ids, ascending, and whose they are; and ids that are passed over
    /// whosever they are.
    case ranges([(ids: IDRange, field: Int)], except: [IDRange])
    /// The fields by their numbers; pairs of other ones are passed over.
    case numbers([Int32: Int])
  }

  /// What the ids of a field may be.
  private struct Rule {
    let name: String
    let kind: Schema.Field.Kind
    let weighted: Bool
  }

  /// - Throws: ``UserError`` for a field without ids, or without a number.
  init(schema: Schema, labels: LabelPolicy) throws {
    self.labels = labels
    rules = schema.fields.map {
      Rule(name: $0.name, kind: $0.kind, weighted: $0.weighted ?? false)
    }
    owners = schema.format == .libffm ? try Self.numbers(schema) : try Self.ranges(schema)
    filled = [Bool](repeating: false, count: rules.count)
    groupField =
      try schema.group.map { try Columns(schema.fields.map(\.name)).index(of: $0, in: "schema") }
      ?? -1
  }

  private static func ranges(_ schema: Schema) throws -> Owners {
    .ranges(
      try schema.fields.enumerated().map { index, field in
        guard let ids = field.ids else {
          throw UserError(
            "schema", found: "field \(quoted(field.name)) without ids",
            expected: "the range of its ids for libsvm", remedy: "add ids: first-last")
        }
        return (ids, index)
      }
      .sorted { $0.ids.first < $1.ids.first }, except: schema.ignoredIDs ?? [])
  }

  private static func numbers(_ schema: Schema) throws -> Owners {
    var numbers: [Int32: Int] = [:]
    for (index, field) in schema.fields.enumerated() {
      let column = field.column ?? field.name
      guard let number = Int32(column), number >= 0 else {
        throw UserError(
          "schema", found: "column \(quoted(column)) of field \(quoted(field.name))",
          expected: "the field's number in libffm", remedy: "write it as column: 0, for instance")
      }
      numbers[number] = index
    }
    return .numbers(numbers)
  }

  mutating func deliver<Consumer: RowConsumer>(
    _ reader: borrowing RecordReader, _ head: RowHead, to consumer: inout Consumer
  ) throws -> Bool {
    let first = Pair.first(of: reader)
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
      let pair: Pair
      let field: Int
      switch owners {
      case .ranges(let ranges, let ignored):
        pair = try Pair.read(cell, of: reader)
        if ignored.contains(where: { $0.contains(pair.id) }) { continue }
        field = try Self.field(of: pair, at: cell, of: reader, ranges)
      case .numbers(let numbers):
        let number: Int32
        (number, pair) = try Pair.readWithField(cell, of: reader)
        guard let owner = numbers[number] else { continue }
        field = owner
      }
      try check(pair, at: cell, of: field, isFirst: !filled[field], reader)
      filled[field] = true
      if field == groupField { group = XXH64.hash(pair.key) }
      pairs.append((pair, field))
    }
  }

  private static func field(
    of pair: Pair, at cell: Int, of reader: borrowing RecordReader,
    _ ranges: [(ids: IDRange, field: Int)]
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
}
