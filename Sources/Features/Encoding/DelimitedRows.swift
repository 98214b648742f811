import Support

/// The rows of a log with one column a field: CSV, TSV, Criteo's.
struct DelimitedRows: RowFormat, @unchecked Sendable {
  // Sendable: the fields stay as they are, and each block begins with numbers and times of its own.
  private let columns: Columns
  private let width: Int
  private let head: HeadColumns
  private let fields: FixedArray<Source>
  /// The fields whose cells may turn out not to be numbers or times.
  private let checked: [Int]
  private let missing: MissingValues
  /// The numbers of the row, one a field; of a derived one its time.
  private var numbers: FixedArray<Double>
  private var times: FixedArray<Int64>

  /// Where a field comes from, and how it is read.
  private struct Source {
    let column: Int
    let kind: Schema.Field.Kind
    let separator: UInt8
    let derive: TimePart?
    let timeFormat: TimeFormat
  }

  /// - Throws: ``UserError`` if a column of the schema is not there.
  init(_ columns: Columns, of file: String, schema: Schema, labels: LabelPolicy) throws {
    self.columns = columns
    head = try HeadColumns(columns, of: file, schema: schema, labels: labels)
    missing = MissingValues(schema.missing ?? [])
    fields = FixedArray(
      try schema.fields.map {
        Source(
          column: try columns.index(of: $0.column ?? $0.name, in: file), kind: $0.kind,
          separator: $0.separatorByte, derive: $0.derive, timeFormat: $0.timeFormat ?? .iso)
      })
    checked = schema.fields.indices.filter {
      schema.fields[$0].kind == .numeric || schema.fields[$0].derive != nil
    }
    (width, numbers, times) = (columns.names.count, FixedArray([]), FixedArray([]))
  }

  mutating func beginBlock() {
    numbers = FixedArray(repeating: 0, count: fields.count)
    times = FixedArray(repeating: 0, count: fields.count)
  }

  mutating func deliver<Consumer: RowConsumer>(
    _ reader: borrowing RecordReader, _ head: RowHead, to consumer: inout Consumer
  ) throws -> Bool {
    guard reader.count == width else {
      throw reader.error(
        found: "\(reader.count) columns", expected: "\(width)",
        remedy: reader.count < width
          ? "complete or delete the line" : "quote a value that holds the delimiter")
    }
    try checkLists(reader)
    var head = head
    try readNumbers(reader)
    let isLabelled = try self.head.read(reader, into: &head)
    guard consumer.beginRow(head) else { return isLabelled }
    deliverValues(reader, to: &consumer)
    consumer.endRow()
    return isLabelled
  }

  /// Refuses a JSON list where one value is expected.
  @inline(__always)
  private func checkLists(_ reader: borrowing RecordReader) throws {
    guard case .json = reader.dialect.cells else { return }
    for cell in 0..<reader.count where reader[cell].first == 0 {
      let owners = UnsafeBufferPointer(start: fields.base, count: fields.count)
      if owners.contains(where: { $0.column == cell && $0.kind == .multivalued }) { continue }
      throw reader.error(
        at: cell, found: "a list in \(quoted(columns.names[cell]))", expected: "one value",
        remedy: "make the field multivalued, or correct the line")
    }
  }

  @inline(__always)
  private func readNumbers(_ reader: borrowing RecordReader) throws {
    for field in checked {
      let column = fields.base[field].column
      let bytes = reader[column]
      if missing.contains(bytes) { continue }
      if fields.base[field].derive != nil {
        times.base[field] = try Rows.time(
          column, of: reader, as: fields.base[field].timeFormat, column: columns.names[column])
      } else if let number = parseShortWhole(bytes) {
        numbers.base[field] = number
      } else {
        numbers.base[field] = try Rows.number(column, of: reader, column: columns.names[column])
      }
    }
  }

  @inline(__always)
  private func deliverValues<Consumer: RowConsumer>(
    _ reader: borrowing RecordReader, to consumer: inout Consumer
  ) {
    for field in 0..<fields.count {
      let source = fields.base[field]
      let bytes = reader[source.column]
      if missing.contains(bytes) {
        consumer.missing(field: field)
        continue
      }
      switch source.kind {
      case .categorical:
        let value = source.derive.map { $0.text(of: times.base[field]) } ?? bytes
        consumer.token(value, value: 1, field: field)
      case .numeric: consumer.number(numbers.base[field], field: field)
      case .multivalued:
        var found = false
        var start = 0
        // A JSON list brings its own separator, which stands before its first value too.
        let separator = bytes[0] == 0 ? 0 : source.separator
        for end in 0...bytes.count where end == bytes.count || bytes[end] == separator {
          if end > start {
            let value = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            consumer.token(value, value: 1, field: field)
            found = true
          }
          start = end + 1
        }
        if !found { consumer.missing(field: field) }
      case .ignored: break
      }
    }
  }
}
