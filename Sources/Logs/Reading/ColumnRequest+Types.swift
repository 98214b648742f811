import Support

/// What formats ask whose columns have types.
extension ColumnRequest {
  /// In which form the values of a column are wanted, if it has them so.
  enum Form: Sendable {
    /// As text; a list's values behind a NUL each.
    case texts
    /// As numbers.
    case numbers
    /// As codes of a dictionary, or as text.
    case codes
  }

  /// Whether a column is wanted; where none is named, all are.
  func wants(_ column: String) -> Bool { columns.isEmpty || columns.contains(column) }

  func form(of column: String) -> Form {
    numbers.contains(column) ? .numbers : codes.contains(column) ? .codes : .texts
  }

  /// - Throws: ``UserError`` where a column of lists is wanted as single values.
  func checkLists(in column: String, of log: String) throws {
    guard !columns.isEmpty, !fields.contains(where: { $0.column == column && $0.isList })
    else { return }
    throw UserError(
      log, found: "lists in column \(quoted(column))", expected: "one value a row",
      remedy: "make the field multivalued, or leave it out")
  }
}
