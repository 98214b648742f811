/// The rows of a log with one column a field: CSV, TSV, Criteo's.
struct DelimitedRows: RowFormat {
  private let columns: Columns
  /// The label's column, −1 where there is none; likewise the weight's.
  private let label: Int
  private let weight: Int
  private let labels: LabelPolicy
  private let fields: [Source]
  /// The numbers of the row, one a field.
  private var numbers: [Double]

  /// Where a field comes from, and how it is read.
  private struct Source {
    var column: Int
    var kind: Schema.Field.Kind
    var separator: UInt8
  }

  /// - Throws: ``InputError`` if a column of the schema is not there.
  init(_ columns: Columns, of file: String, schema: Schema, labels: LabelPolicy) throws {
    self.columns = columns
    self.labels = labels
    let labelName = schema.label ?? "label"
    label =
      labels == .optional && !columns.names.contains(labelName)
      ? -1 : try columns.index(of: labelName, in: file)
    weight =
      try schema.weight.map {
        labels == .optional && !columns.names.contains($0)
          ? -1 : try columns.index(of: $0, in: file)
      } ?? -1
    fields = try schema.fields.map {
      Source(
        column: try columns.index(of: $0.column ?? $0.name, in: file), kind: $0.kind,
        separator: $0.separatorByte)
    }
    numbers = [Double](repeating: 0, count: fields.count)
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
    var head = head
    let isLabelled = label >= 0 && !(labels == .optional && reader[label].isEmpty)
    try readNumbers(reader)
    if isLabelled { head.label = try Rows.label(label, of: reader) }
    if weight >= 0 { head.weight = try sampleWeight(of: reader) }
    guard consumer.beginRow(head) else { return isLabelled }
    deliverValues(reader, to: &consumer)
    consumer.endRow()
    return isLabelled
  }

  @inline(__always)
  private mutating func readNumbers(_ reader: borrowing RecordReader) throws {
    for field in fields.indices where fields[field].kind == .numeric {
      let column = fields[field].column
      if reader[column].isEmpty { continue }
      numbers[field] = try Rows.number(column, of: reader, column: columns.names[column])
    }
  }

  @inline(__always)
  private func deliverValues<Consumer: RowConsumer>(
    _ reader: borrowing RecordReader, to consumer: inout Consumer
  ) {
    for field in fields.indices {
      let source = fields[field]
      let bytes = reader[source.column]
      if bytes.count == 0 {
        consumer.missing(field: field)
        continue
      }
      switch source.kind {
      case .categorical: consumer.token(bytes, value: 1, field: field)
      case .numeric: consumer.number(numbers[field], field: field)
      case .multivalued:
        var found = false
        var start = 0
        for end in 0...bytes.count where end == bytes.count || bytes[end] == source.separator {
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

  private func sampleWeight(of reader: borrowing RecordReader) throws -> Float {
    guard let weight = parseNumber(reader[weight]).map({ Float($0) }), weight >= 0, weight.isFinite
    else {
      throw reader.error(
        at: weight, found: "weight \(quoted(reader.text(weight)))",
        expected: "a finite number from 0", remedy: "correct or delete the row")
    }
    return weight
  }
}
