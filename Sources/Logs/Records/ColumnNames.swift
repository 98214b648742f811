import Support

/// The columns of a delimited log.
package struct ColumnNames: Sendable {
  package let names: [String]

  /// Reads the header.
  /// - Throws: ``UserError`` for an empty file, a name that is empty or stands twice.
  init(header reader: inout RecordReader, _ grammar: some RecordGrammar) throws {
    guard try reader.next(grammar) else { throw UserError.empty(reader.name) }
    names = (0..<reader.count).map { reader.text($0) }
    for (index, name) in names.enumerated() {
      if let earlier = names[..<index].firstIndex(of: name) {
        throw reader.error(
          grammar, at: index,
          found: "column \(quoted(name)) twice in the header (\(earlier + 1) and "
            + "\(index + 1))", expected: "each name once",
          remedy: Int(name) == nil && !name.isEmpty
            ? "rename or delete one"
            : "rename or delete one; a log without header needs header: false in its schema")
      }
    }
  }

  /// The columns by the header, or where there is none by the first row that can be read, which may
  /// lack the label; and the header that is to be passed over.
  static func detected(
    in log: LogHead, _ request: ColumnRequest, _ grammar: some RecordGrammar
  ) throws -> (ColumnNames, header: RecordCut) {
    var reader = RecordReader(log.block)
    guard let names = request.headerless else {
      let first = reader.rest.line
      let columns = try ColumnNames(header: &reader, grammar)
      let (offset, line) = reader.rest
      return (columns, RecordCut(end: offset, records: 1, lines: line - first))
    }
    guard try reader.nextSound(grammar) else {
      // No row of the first block can be read: what is wrong with them is said when they are.
      if names.isEmpty { throw UserError.empty(reader.name) }
      return (ColumnNames(names), RecordCut())
    }
    if names.isEmpty { return (ColumnNames((1...reader.count).map(String.init)), RecordCut()) }
    let lacksLabel = request.isLabelOptional && reader.count == names.count - 1
    return (ColumnNames(lacksLabel ? names.filter { $0 != request.label } : names), RecordCut())
  }

  /// Names that are given, for a log without header.
  package init(_ names: [String]) { self.names = names }

  /// Where a column is.
  /// - Throws: ``UserError`` that lists the columns there are.
  package func index(of name: String, in file: String) throws -> Int {
    guard let index = names.firstIndex(of: name) else {
      throw UserError(
        file, line: 1, found: "columns \(listed(names))", expected: "a column \(quoted(name))",
        remedy: foreignDelimiter
          ?? suggestion(for: name, among: names, otherwise: "add it, or name another one"))
    }
    return index
  }

  /// What to do about a header that another format than the one expected seems to have; nil for any other.
  package var foreignDelimiter: String? {
    let delimiters = [("\t", "tabs"), (";", "semicolons"), ("|", "bars"), (",", "commas")]
    if names.first?.first == "{" {
      return
        "this looks like JSON lines: name that format in the schema, or write the log as expected"
    }
    guard names.count == 1, let found = delimiters.first(where: { names[0].contains($0.0) })
    else {
      return nil
    }
    return
      "\(found.1) seem to stand between the columns: name the format or the delimiter in the "
      + "schema, or write the log as expected"
  }
}

extension UserError {
  package static func empty(_ file: String) -> UserError {
    UserError(
      file, found: "an empty file", expected: "a log with rows", remedy: "check how it was written")
  }

  package static func noRows(in file: String) -> UserError {
    UserError(
      file, found: "no rows", expected: "a log with rows", remedy: "check how it was written")
  }
}
