extension RecordReader {
  enum Scan {
    /// A whole record: where the next one starts, and how many lines it took.
    case record(next: Int, lines: Int)
    /// The buffer ends inside the record, or nothing is left.
    case incomplete
  }

  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let quote = UInt8(ascii: "\"")

  /// Cuts the record at `position` at its delimiters.
  mutating func scanDelimited(_ delimiter: UInt8, atEnd: Bool) throws -> Scan {
    let bytes = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
    let (end, quotes) = (end, dialect.quotes)
    var (i, lineStart, lines) = (position, position, 0)
    found = 0
    escaped.removeAll(keepingCapacity: true)
    guard i < end else { return .incomplete }

    while true {
      var cell = Cell(
        start: Int32(i), count: 0, line: Int32(lines), column: Int32(i - lineStart + 1))
      if quotes && i < end && bytes[i] == Self.quote {
        i += 1
        cell.start += 1
        while true {
          while i < end && bytes[i] != Self.quote {
            if bytes[i] == Self.newline { (lines, lineStart) = (lines + 1, i + 1) }
            i += 1
          }
          if i == end {
            if !atEnd { return .incomplete }
            throw InputError(
              name, line: line + Int(cell.line), column: Int(cell.column),
              found: "a quote that is never closed", expected: "a closing quote",
              remedy: "close it, or double a quote that belongs to the value")
          }
          if i + 1 == end && !atEnd { return .incomplete }
          guard i + 1 < end && bytes[i + 1] == Self.quote else { break }
          if escaped.last != found { escaped.append(found) }
          i += 2
        }
        cell.count = Int32(i) - cell.start
        i += 1
        if i < end && bytes[i] == Self.carriageReturn {
          if i + 1 == end && !atEnd { return .incomplete }
          if i + 1 == end || bytes[i + 1] == Self.newline { i += 1 }
        }
        if i < end && bytes[i] != delimiter && bytes[i] != Self.newline {
          throw InputError(
            name, line: line + lines, column: i - lineStart + 1,
            found: "text after a closing quote", expected: "a delimiter or the end of the line",
            remedy: "double a quote that belongs to the value")
        }
      } else {
        while i < end && bytes[i] != delimiter && bytes[i] != Self.newline { i += 1 }
        cell.count = Int32(i) - cell.start
        if i < end ? bytes[i] == Self.newline : atEnd,
          cell.count > 0 && bytes[i - 1] == Self.carriageReturn
        {
          cell.count -= 1
        }
      }
      if i == end && !atEnd { return .incomplete }
      append(cell)
      if i == end { return .record(next: i, lines: lines) }
      i += 1
      if bytes[i - 1] == Self.newline { return .record(next: i, lines: lines + 1) }
    }
  }

  /// Cuts the line at `position` at runs of blanks.
  mutating func scanBlanks(atEnd: Bool) -> Scan {
    let bytes = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
    let (start, end) = (position, end)
    var i = start
    found = 0
    guard i < end else { return .incomplete }

    while true {
      // Tab, carriage return, blank.
      while i < end, bytes[i] == 0x20 || bytes[i] == 0x09 || bytes[i] == 0x0D { i += 1 }
      if i == end { return atEnd ? .record(next: i, lines: 0) : .incomplete }
      if bytes[i] == Self.newline { return .record(next: i + 1, lines: 1) }
      let first = i
      // Everything up to the blank is taken for visible, so that junk is shown, not skipped.
      while i < end,
        bytes[i] != 0x20 && bytes[i] != 0x09 && bytes[i] != 0x0D && bytes[i] != Self.newline
      {
        i += 1
      }
      if i == end && !atEnd { return .incomplete }
      append(
        Cell(
          start: Int32(first), count: Int32(i - first), line: 0, column: Int32(first - start + 1)))
    }
  }

  /// Halves the doubled quotes of a cell, in place.
  mutating func unescape(_ index: Int) {
    let start = Int(cells[index].start)
    var (from, to) = (start, start)
    let limit = start + Int(cells[index].count)
    while from < limit {
      buffer[to] = buffer[from]
      from += buffer[from] == Self.quote ? 2 : 1
      to += 1
    }
    cells[index].count = Int32(to - start)
  }

  /// Refuses bytes that are not text: NUL, and what is not UTF-8.
  func validate(_ range: Range<Int>) throws {
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[range])
    guard let (bad, isNUL) = firstNonText(bytes) else { return }
    let before = bytes[..<bad]
    let lineStart = before.lastIndex(of: Self.newline).map { $0 + 1 } ?? 0
    let lines = before.reduce(0) { $0 + ($1 == Self.newline ? 1 : 0) }
    throw InputError(
      name, line: line + lines, column: bad - lineStart + 1,
      found: isNUL ? "a NUL byte" : "a byte that is not UTF-8", expected: "text",
      remedy: "check that this is a log and not a binary file, or convert it to UTF-8")
  }
}

/// The first byte that is NUL or not UTF-8.
private func firstNonText(_ bytes: UnsafeRawBufferPointer) -> (offset: Int, isNUL: Bool)? {
  var i = 0
  while i < bytes.count {
    // Eight ASCII bytes without NUL at once: no high bit, and no borrow from a zero byte.
    if i + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      let borrow = (word &- 0x0101_0101_0101_0101) & ~word
      if (word | borrow) & 0x8080_8080_8080_8080 == 0 {
        i += 8
        continue
      }
    }
    switch bytes[i] {
    case 0: return (i, true)
    case 0x01..<0x80: i += 1
    case let lead:
      let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
      guard i + length <= bytes.count,
        String(validating: bytes[i..<i + length], as: UTF8.self) != nil
      else { return (i, false) }
      i += length
    }
  }
  return nil
}
