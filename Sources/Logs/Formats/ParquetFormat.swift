import Support

/// Parquet: columns with types in a file that is read at any place, see ``ParquetTable``. Here it only has a name
/// that a schema may say: such a file is told from its bytes, and never read as text.
struct ParquetFormat: RecordFormat {
  var name: String { "parquet" }
  var naming: ColumnNaming { .schema }

  func open(_ log: LogHead, _ request: ColumnRequest) throws -> LogParser {
    throw isText(log, expected: "Parquet")
  }
}

/// Arrow: columns with types in memory, see ``ArrowTable``; a name alone, as that of Parquet.
struct ArrowFormat: RecordFormat {
  var name: String { "arrow" }
  var naming: ColumnNaming { .schema }

  func open(_ log: LogHead, _ request: ColumnRequest) throws -> LogParser {
    throw isText(log, expected: "columns in memory")
  }
}

private func isText(_ log: LogHead, expected: String) -> UserError {
  UserError(
    log.name, found: "text", expected: expected, remedy: "name the format that it has")
}
