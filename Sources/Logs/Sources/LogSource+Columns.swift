import Support

/// Columns that another program has in memory, as a log: nothing is known of them here but that they are columns,
/// each with a type of its own. Two are equal where they are the same object.
package struct MemoryColumns: Sendable, Hashable {
  package let table: any AnyObject & Sendable
  package let rows: Int

  package static func == (one: MemoryColumns, other: MemoryColumns) -> Bool {
    one.table === other.table
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(table)) }
}

extension LogSource {
  /// Columns in memory.
  package static func columns(_ columns: MemoryColumns, name: String) -> LogSource {
    LogSource(name: name, kind: .columns(columns))
  }

  /// The columns in memory that it is; nil for bytes of any kind.
  package var columns: MemoryColumns? {
    if case .columns(let columns) = kind { columns } else { nil }
  }

  /// What columns are refused with where only bytes will do.
  var withoutBytes: UserError {
    UserError(
      name, found: "columns in memory", expected: "a file, or its bytes",
      remedy: "write them to a Parquet file, and name that")
  }
}
