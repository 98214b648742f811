import Support

/// Writes rows as CSV, RFC 4180 with `\n` line ends.
package struct CSVText: Sendable {
  private var bytes: [UInt8] = []

  /// The header and the rows so far.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// A log with a header and no rows.
  package init(columns: [String]) {
    append(columns)
  }

  /// Appends a row; a value with a comma, a quote or a line break is quoted.
  package mutating func append(_ row: some Sequence<String>) {
    var isFirst = true
    for value in row {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      bytes.append(cell: value)
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Writes the log to a file, whole or not at all.
  /// - Throws: ``UserError`` if the file cannot be written.
  package func write(to path: String) throws {
    try AtomicFile.write(to: path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
  }
}

extension LogSource {
  /// A log in memory.
  ///
  /// - Parameters:
  ///   - columns: the columns' names, each once.
  ///   - rows: for each row one value a column, "" for a missing one.
  ///   - name: what errors call the log; its line 1 is the header.
  public static func rows(
    columns: [String], _ rows: some Sequence<[String]>, name: String = "rows.csv"
  ) -> LogSource {
    var csv = CSVText(columns: columns)
    for row in rows { csv.append(row) }
    return .text(csv.text, name: name)
  }

  /// A log in memory, one dictionary a row; the columns are all keys, sorted, and a key that a row
  /// lacks is a missing value.
  public static func rows(
    _ rows: some Collection<[String: String]>, name: String = "rows.csv"
  ) -> LogSource {
    let columns = Set(rows.lazy.flatMap(\.keys)).sorted()
    return .rows(
      columns: columns, rows.lazy.map { row in columns.map { row[$0] ?? "" } }, name: name)
  }
}
