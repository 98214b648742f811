/// The first rows of a log with columns, as text.
struct LogSample {
  /// The columns' names.
  let names: [String]
  /// For each row one value a column; rows that cannot be read are left out.
  let rows: [[String]]
  /// JSON: the keys of lists of objects or of lists, which are no columns.
  let nested: [String]

  /// - Parameters:
  ///   - schema: says how the log is written.
  ///   - count: how many rows at most.
  /// - Throws: ``UserError`` if the log cannot be read.
  init(_ source: LogSource, schema: Schema, count: Int) throws {
    let format = schema.format ?? .csv
    let keys = format == .jsonl ? try Schema.jsonKeys(source, rows: count) : nil
    var reader = try RecordReader(
      source, dialect: keys.map { .json(JSONColumns($0.names)) } ?? schema.dialect)
    nested = keys?.nested ?? []
    let columns =
      try keys.map { (columns: Columns($0.names), header: RecordCut()) }
      ?? Columns.told(
        by: &reader, names: schema.headerless(format), label: nil, labels: .required)
    names = columns.columns.names
    var rows: [[String]] = []
    // Where there is no header, the first row has been read to count the columns.
    var isRead = columns.header.records == 0 && reader.count > 0
    while rows.count < count {
      if !isRead { guard try reader.nextSound() else { break } }
      isRead = false
      guard reader.count == names.count else { continue }
      rows.append((0..<reader.count).map { reader.text($0) })
    }
    self.rows = rows
  }

  /// Where a column is, or nil.
  func index(of name: String) -> Int? { names.firstIndex(of: name) }

  /// The values of a column that are not missing.
  func values(of column: Int, missing: [String]?) -> [String] {
    rows.map { $0[column] }.filter { !$0.isEmpty && missing?.contains($0) != true }
  }
}

extension Schema {
  /// The names of a log's columns where it has no header: nil where it has one, empty where they are
  /// "1", "2" and so on.
  func headerless(_ format: LogFormat) -> [String]? {
    format.columns ?? columns ?? (header == false ? [] : nil)
  }
}
