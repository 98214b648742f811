import Logs
import Support

/// Makes the columns of a schema's histories: reads logs once, in order, and writes each row as it is with its
/// histories behind it.
///
/// A history holds values of rows that stand before its row and have an earlier time, so that nothing of the row
/// itself, of rows at the same time or of later ones can be in it. Each user's rows must be in order of time; those of
/// different users need not be. Where the schema has no time, the order of the rows is that of time. Times count in
/// whole seconds.
package struct HistoryLog {
  /// What was written.
  package struct Summary: Sendable {
    /// How many rows.
    package var rows = 0
    /// Of each column its name, how many users and values it has, and how many of its histories are empty.
    package var columns: [(name: String, users: Int, values: Int, empty: Int)] = []
  }

  /// What was assumed, for a person to read.
  package private(set) var notes: [String]
  /// Whether the rows are written as lines of JSON.
  package var isJSON: Bool { if case .json = text { true } else { false } }

  private let before: [LogSource]
  private let logs: [LogSource]
  private let schema: Schema
  private let text: HistoryText
  private let columns: [HistoryColumn]

  /// - Parameters:
  ///   - logs: whose rows are written, in this order.
  ///   - before: whose rows come before them, and are histories alone.
  ///   - schema: whose fields have histories.
  /// - Throws: ``UserError`` for a log that cannot be read, and for a schema that has no histories or that the first
  ///   log does not fit.
  package init(_ logs: [LogSource], before: [LogSource] = [], schema: Schema) throws {
    columns = schema.fields.compactMap { field in
      field.history.map { HistoryColumn(field, $0) }
    }
    guard !columns.isEmpty else {
      throw UserError(
        "schema", found: "no field with history:", expected: "at least one",
        remedy: "add one, for instance {name: seen, kind: multivalued, vocabulary: item, history: "
          + "{of: item, by: user}}")
    }
    for (index, column) in columns.enumerated()
    where columns[..<index].contains(where: { $0.name == column.name }) {
      throw UserError(
        "schema", found: "two histories in column \(quoted(column.name))",
        expected: "a column each", remedy: "name another one by column:")
    }
    (self.before, self.logs) = (before, logs)
    let completed = try Self.reading(schema, logs[0], columns).completion(from: before + logs)
    var reading = completed.schema
    reading.fields = []
    notes = completed.notes.filter { !$0.hasPrefix("label:") }
    let format = reading.format!
    switch format {
    case .csv, .tsv:
      text = .delimited(
        reading.delimiter?.utf8.first ?? UInt8(ascii: format == .tsv ? "\t" : ","),
        quotes: reading.quotes ?? true)
    case .jsonl, .parquet, .arrow: text = .json
    default:
      throw UserError(
        logs[0].name, found: "format \(format.rawValue)",
        expected: "csv, tsv, jsonl or parquet, of which rows have room for a further column",
        remedy: "write the log in one of these")
    }
    self.schema = reading
    if reading.time == nil {
      notes.append("no time in the schema: rows count as in order of time, line by line")
    }
  }

  /// What is read of the logs: they do not have the histories' columns yet.
  private static func reading(
    _ schema: Schema, _ log: LogSource, _ columns: [HistoryColumn]
  ) throws -> Schema {
    var reading = schema
    let names = Set(columns.map(\.name))
    (reading.weight, reading.group, reading.split) = (nil, nil, nil)
    reading.columns?.removeAll { names.contains($0) }
    // A log with types is one whatever the schema says.
    let found = try LogFormat.detected(in: log)
    if found.naming == .schema || reading.format?.naming == .schema { reading.format = found }
    var fields: Set<String> = []
    reading.fields = columns.flatMap { [$0.rule.of, $0.rule.by] }
      .filter { fields.insert($0).inserted }.map { .categorical($0) }
    if !columns.contains(where: { $0.rule.clicks ?? false }) {
      // Nobody asks for it.
      reading.label = Schema.Label(column: schema.label?.column ?? "label")
    }
    return reading
  }

  /// Writes the rows.
  ///
  /// - Parameter write: takes some rows at a time.
  /// - Throws: ``UserError`` for the first row that cannot be read or is out of order, and what `write` throws.
  package func write(
    to write: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Summary {
    var pass = HistoryPass(schema, text, columns)
    for log in before { try pass.read(log, isWritten: false) { _ in } }
    for log in logs { try pass.read(log, isWritten: true, write) }
    return pass.summary
  }
}
