import Support

extension RecordReader {
  /// An error at a cell of the current record, or at the whole record.
  package func error(
    _ grammar: some RecordGrammar, at cell: Int? = nil, found: String, expected: String,
    remedy: String
  ) -> UserError {
    let place = cell.map { self.place(of: grammar.firstByte(of: $0, in: self)) }
    return UserError(
      name, line: place?.line ?? line, column: place?.column, found: found, expected: expected,
      remedy: remedy)
  }

  /// Line and column of a byte of the current record.
  func place(of byte: Int) -> (line: Int, column: Int) {
    let before = UnsafeBufferPointer(
      rebasing: UnsafeBufferPointer(start: bytes, count: end)[start..<byte])
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return (line + bytes.newlines(in: start..<byte), before.count - lineStart + 1)
  }

  /// Refuses bytes that are not text: NUL, and what is not UTF-8.
  func checkText() throws {
    guard let (bad, isNUL) = firstNonText(record) else { return }
    let place = place(of: start + bad)
    throw UserError(
      name, line: place.line, column: place.column,
      found: isNUL ? "a NUL byte" : "a byte that is not UTF-8", expected: "text",
      remedy: "check that this is a log and not a binary file, or convert it to UTF-8")
  }
}
