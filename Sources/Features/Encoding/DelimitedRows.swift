/// The rows of a log with one column a field: CSV, TSV, Criteo's.
struct DelimitedRows {
  private let columns: Columns
  /// The label's column, −1 where there is none; likewise the weight's.
  private let label: Int
  private let weight: Int
  private let labels: LabelPolicy
  private let fields: [Source]
  /// The first row where there is no header: it was read to count its columns.
  private var firstIsRow = false

  /// Where a field comes from, and how it is read.
  private struct Source {
    var column: Int
    var kind: Schema.Field.Kind
    var separator: UInt8
  }

  /// Reads the header, or where there is none the first row.
  init(_ reader: inout RecordReader, schema: Schema, format: LogFormat, labels: LabelPolicy) throws
  {
    let file = reader.name
    if var names = format.columns {
      guard try reader.next() else { throw InputError.empty(file) }
      if labels == .optional && reader.count == names.count - 1 { names.removeFirst() }
      columns = Columns(names)
      firstIsRow = true
    } else {
      columns = try Columns(header: &reader)
    }
    let columns = columns
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
  }

  func read<Consumer: RowConsumer>(
    _ reader: inout RecordReader, into consumer: inout Consumer
  ) throws -> Bool {
    var more = try firstIsRow || reader.next()
    guard more else { throw InputError.noRows(in: reader.name) }
    var labelled = label >= 0
    while more {
      guard reader.count == columns.names.count else {
        throw reader.error(
          found: "\(reader.count) columns", expected: "\(columns.names.count)",
          remedy: reader.count < columns.names.count
            ? "complete or delete the line" : "quote a value that holds the delimiter")
      }
      if label >= 0 && labels == .optional && reader[label].isEmpty { labelled = false }
      if consumer.beginRow() { try deliver(reader, labelled, to: &consumer) }
      more = try reader.next()
    }
    return labelled
  }

  @inline(__always)
  private func deliver<Consumer: RowConsumer>(
    _ reader: borrowing RecordReader, _ labelled: Bool, to consumer: inout Consumer
  ) throws {
    for field in fields.indices {
      let source = fields[field]
      let bytes = reader[source.column]
      if bytes.count == 0 {
        consumer.missing(field: field)
        continue
      }
      switch source.kind {
      case .categorical:
        consumer.token(bytes, value: 1, field: field)
      case .numeric:
        let name = columns.names[source.column]
        consumer.number(try Rows.number(source.column, of: reader, column: name), field: field)
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
    consumer.endRow(
      label: labelled ? try Rows.label(label, of: reader) : 0,
      weight: weight < 0 ? 1 : try sampleWeight(of: reader))
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
