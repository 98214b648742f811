import Logs
import Support

/// The walk over the logs, in order.
struct HistoryPass {
  private let schema: Schema
  private let text: HistoryText
  private let missing: MissingValues
  private let clicks: ClickReader
  private var columns: [HistoryColumn]
  /// The columns of the logs that are written; nil before the first.
  private var names: [String]?
  /// What time is where the schema has none: rows so far.
  private var clock: Int64 = 0
  private var rows = 0
  private var lines: [UInt8] = []

  init(_ schema: Schema, _ text: HistoryText, _ columns: [HistoryColumn]) {
    (self.schema, self.text, self.columns) = (schema, text, columns)
    missing = MissingValues(schema.missing ?? [])
    clicks = ClickReader(schema.label ?? Schema.Label(), NumberText(schema))
  }

  var summary: HistoryLog.Summary {
    HistoryLog.Summary(
      rows: rows, columns: columns.map { ($0.name, $0.users, $0.values, $0.empty) })
  }

  /// Reads a log.
  ///
  /// - Parameters:
  ///   - isWritten: whether its rows are written.
  ///   - write: takes them with their histories, some at a time.
  /// - Throws: ``UserError`` for the first row that cannot be read or is out of order.
  mutating func read(
    _ log: LogSource, isWritten: Bool, _ write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let wanted = try wanted(of: log)
    var reader = RowReader([log], schema: schema, labels: .unread, keeping: wanted)
    var isOpen = false
    while let block = try reader.next() {
      if !isOpen, isWritten { try begin(block.columns.names, of: log) }
      isOpen = true
      let places = Dictionary(uniqueKeysWithValues: zip(wanted, block.columns.kept))
      let report = try block.read(stopsAtFirst: true) { batch in
        for record in batch.all {
          try take(
            HistoryRow(block: block.block, records: batch.records, record: Int(record), places),
            isWritten: isWritten)
          if lines.count >= 1 << 20 { try flush(write) }
        }
      }
      if let bad = report.rejected.first { throw bad.error }
      try flush(write)
    }
  }

  private mutating func flush(_ write: (UnsafeRawBufferPointer) throws -> Void) throws {
    try lines.withUnsafeBytes { if !$0.isEmpty { try write($0) } }
    lines.removeAll(keepingCapacity: true)
  }

  /// The columns that are read of a log; of one with types all, since its rows are written from them.
  private func wanted(of log: LogSource) throws -> [String] {
    let found = try LogSample(log, schema: schema, count: 1).names
    var names = schema.format?.naming == .schema ? found : []
    func add(_ name: String?) {
      if let name, !names.contains(name) { names.append(name) }
    }
    for column in columns {
      add(column.rule.by)
      add(column.rule.of)
      // There it is where a row has it.
      if schema.format == .jsonl { add(column.name) }
    }
    add(schema.time?.column)
    // What is to be predicted has none.
    if let label = clickColumn, found.contains(label) || schema.format == .jsonl { add(label) }
    return names
  }

  /// The label's column where a history is one of clicks.
  private var clickColumn: String? {
    columns.contains { $0.rule.clicks ?? false } ? schema.label?.column : nil
  }

  /// Begins a log that is written, the first one by its header.
  private mutating func begin(_ names: [String], of log: LogSource) throws {
    if schema.format != .jsonl, let column = columns.first(where: { names.contains($0.name) }) {
      throw UserError(
        log.name, found: "a column \(quoted(column.name))",
        expected: "a log that does not have it yet",
        remedy: "train with the log as it is, or name another column for the history")
    }
    if let first = self.names {
      guard case .delimited = text, names != first else { return }
      throw UserError(
        log.name, line: 1, found: "columns \(listed(names))",
        expected: "those of the first log, \(listed(first))", remedy: "write them one by one")
    }
    self.names = names
    guard case .delimited(let delimiter, let quotes) = text,
      schema.headerless(schema.format!) == nil
    else { return }
    for (index, name) in (names + columns.map(\.name)).enumerated() {
      if index > 0 { lines.append(delimiter) }
      _ = HistoryText.append(Array(name.utf8), delimiter, quotes: quotes, to: &lines)
    }
    lines.append(UInt8(ascii: "\n"))
  }

  private mutating func take(_ row: HistoryRow, isWritten: Bool) throws {
    let time = try time(of: row)
    var users: [Int?] = []
    for index in columns.indices {
      let bytes = row.text(columns[index].rule.by)
      guard !missing.contains(bytes) else {
        users.append(nil)
        continue
      }
      guard let user = columns[index].user(bytes, at: time) else {
        throw row.error(
          at: schema.time!.column,
          found: "time \(row.quotedText(schema.time!.column)) of \(columns[index].rule.by) "
            + row.quotedText(columns[index].rule.by),
          expected: "none before that of the row above of the same \(columns[index].rule.by)",
          remedy: "sort the log by \(quoted(schema.time!.column))")
      }
      users.append(user)
    }
    if isWritten { try write(row, users) }
    let isClick = try isClick(row)
    for index in columns.indices {
      guard let user = users[index], isClick || !(columns[index].rule.clicks ?? false) else {
        continue
      }
      let value = row.text(columns[index].rule.of)
      if missing.contains(value) { continue }
      guard value.first != 0 else {
        throw row.error(
          at: columns[index].rule.of, found: "a list in column \(quoted(columns[index].rule.of))",
          expected: "one value a row", remedy: "make the history of another column")
      }
      columns[index].add(value, to: user)
    }
  }

  private mutating func time(of row: HistoryRow) throws -> Int64 {
    guard let time = schema.time, let format = time.format else {
      clock += 1
      return clock
    }
    guard let seconds = format.seconds(row.text(time.column)) else {
      throw row.error(
        at: time.column, found: "\(row.quotedText(time.column)) in column \(quoted(time.column))",
        expected: "a time as \(format.rawValue)", remedy: "correct or delete the row")
    }
    return seconds
  }

  private func isClick(_ row: HistoryRow) throws -> Bool {
    guard let column = clickColumn, row.has(column) else { return false }
    let bytes = row.text(column)
    if bytes.isEmpty { return false }
    guard let click = clicks.click(bytes) else {
      throw row.error(
        at: column, found: "label \(row.quotedText(column))", expected: clicks.expected,
        remedy: clicks.remedy(for: bytes, isColumn: true))
    }
    return click == 1
  }

  private mutating func write(_ row: HistoryRow, _ users: [Int?]) throws {
    rows += 1
    text.begin(row.bytes, &lines)
    for index in columns.indices {
      if schema.format == .jsonl, !row.text(columns[index].name).isEmpty {
        throw row.error(
          at: columns[index].name, found: "a key \(quoted(columns[index].name))",
          expected: "a log that does not have it yet",
          remedy: "train with the log as it is, or name another column for the history")
      }
      if let problem = text.append(&columns[index], of: users[index], &lines) {
        throw row.error(
          at: columns[index].rule.of, found: "in the history of this row \(problem)",
          expected: "values that a list can hold",
          remedy: "set another separator: for the field, or write the log as JSON lines")
      }
    }
    text.end(&lines)
  }
}

/// A row of a log.
private struct HistoryRow {
  let block: any LogBlock
  let records: RecordBatch
  let record: Int
  /// Where columns are, by name.
  let places: [String: Int]

  init(block: any LogBlock, records: RecordBatch, record: Int, _ places: [String: Int]) {
    (self.block, self.records, self.record, self.places) = (block, records, record, places)
  }

  /// Whether it is read of the log.
  func has(_ column: String) -> Bool { places[column] != nil }

  func text(_ column: String) -> UnsafeRawBufferPointer {
    records.column(places[column]!).text(of: record)
  }

  func quotedText(_ column: String) -> String {
    quoted(String(decoding: text(column), as: UTF8.self))
  }

  /// The row as it is written.
  var bytes: [UInt8] { block.bytes(of: records.records[record], in: records) }

  func error(at column: String, found: String, expected: String, remedy: String) -> UserError {
    block.error(
      at: places[column]!, of: records.records[record], found: found, expected: expected,
      remedy: remedy)
  }
}
