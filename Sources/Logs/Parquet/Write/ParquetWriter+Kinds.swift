extension ParquetWriter {
  /// Columns of logs as they are written again: numbers where they are that in all of the logs, which are Parquet
  /// then; all others as text.
  ///
  /// - Throws: ``UserError`` for a Parquet file that is damaged.
  package static func columns(_ names: [String], of logs: [LogSource]) throws -> [Column] {
    var kinds: [Kind]?
    for log in logs {
      let columns = try log.isParquet() ? ParquetFile(log).columns : []
      let found = names.map { name in columns.first { $0.name == name }?.kind ?? .text }
      kinds = kinds.map { zip($0, found).map { $0 == $1 ? $0 : .text } } ?? found
    }
    return zip(names, kinds ?? names.map { _ in .text }).map(Column.init)
  }
}

extension ParquetColumn {
  /// What its values are written as; text too for what may be too large for 64 bits with a sign.
  fileprivate var kind: ParquetWriter.Kind {
    guard !isList else { return .text }
    return switch meaning {
    case .signed, .boolean: .whole
    case .unsigned: type == .int32 ? .whole : .text
    case .double: .real
    case .float, .half: .float
    default: .text
    }
  }
}
