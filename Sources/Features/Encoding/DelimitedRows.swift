/// The rows of a log with one column a field: CSV, TSV, Criteo's.
struct DelimitedRows: RowFormat {
  private let columns: Columns
  private let head: HeadColumns
  private let fields: [Source]
  private let missing: MissingValues
  /// The numbers of the row, one a field; of a derived one its time.
  private var numbers: [Double]
  private var times: [Int64]

  /// Where a field comes from, and how it is read.
  private struct Source {
    let column: Int
    let kind: Schema.Field.Kind
    let separator: UInt8
    let derive: TimePart?
    let timeFormat: TimeFormat
  }

  /// - Throws: ``InputError`` if a column of the schema is not there.
  init(_ columns: Columns, of file: String, schema: Schema, labels: LabelPolicy) throws {
    self.columns = columns
    head = try HeadColumns(columns, of: file, schema: schema, labels: labels)
    missing = MissingValues(schema.missing ?? [])
    fields = try schema.fields.map {
      Source(
        column: try columns.index(of: $0.column ?? $0.name, in: file), kind: $0.kind,
        separator: $0.separatorByte, derive: $0.derive, timeFormat: $0.timeFormat ?? .iso)
    }
    numbers = [Double](repeating: 0, count: fields.count)
    times = [Int64](repeating: 0, count: fields.count)
  }

  mutating func deliver<Consumer: RowConsumer>(
    _ reader: borrowing RecordReader, _ head: RowHead, to consumer: inout Consumer
  ) throws -> Bool {
    guard reader.count == columns.names.count else {
      throw reader.error(
        found: "\(reader.count) columns", expected: "\(columns.names.count)",
        remedy: reader.count < columns.names.count
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
      if fields.contains(where: { $0.column == cell && $0.kind == .multivalued }) { continue }
      throw reader.error(
        at: cell, found: "a list in \(quoted(columns.names[cell]))", expected: "one value",
        remedy: "make the field multivalued, or correct the line")
    }
  }

  @inline(__always)
  private mutating func readNumbers(_ reader: borrowing RecordReader) throws {
    for field in fields.indices {
      let column = fields[field].column
      if fields[field].kind == .numeric {
        if missing.contains(reader[column]) { continue }
        numbers[field] = try Rows.number(column, of: reader, column: columns.names[column])
      } else if fields[field].derive != nil {
        if missing.contains(reader[column]) { continue }
        times[field] = try Rows.time(
          column, of: reader, as: fields[field].timeFormat, column: columns.names[column])
      }
    }
  }

  @inline(__always)
  private func deliverValues<Consumer: RowConsumer>(
    _ reader: borrowing RecordReader, to consumer: inout Consumer
  ) {
    for field in fields.indices {
      let source = fields[field]
      let bytes = reader[source.column]
      if missing.contains(bytes) {
        consumer.missing(field: field)
        continue
      }
      switch source.kind {
      case .categorical:
        let value = source.derive.map { $0.text(of: times[field]) } ?? bytes
        consumer.token(value, value: 1, field: field)
      case .numeric: consumer.number(numbers[field], field: field)
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
