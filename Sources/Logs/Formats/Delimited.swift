import Support

/// Comma- or tab-separated values, with a header or without.
struct Delimited: RecordFormat {
  static let csv = Delimited(name: "csv", grammar: .csv)
  static let tsv = Delimited(name: "tsv", grammar: .tsv)

  let name: String
  let grammar: DelimitedText

  var endings: [String] { [name] }
  var bounds: RecordBounds { grammar.bounds }

  func recognizes(_ firstLine: String) -> Bool {
    name == "csv" || firstLine.utf8.contains(grammar.delimiter)
  }

  func open(_ log: LogHead, _ request: ColumnRequest) throws -> LogParser {
    let (columns, header) = try ColumnNames.detected(in: log, request, grammar)
    return LogParser(FlatParser(grammar, columns: columns.names, header: header))
  }
}

/// Criteo's display advertising log: tab-separated, no header, no quotes.
struct Criteo: RecordFormat {
  static let columns = ["label"] + (1...13).map { "I\($0)" } + (1...26).map { "C\($0)" }

  var name: String { "criteo" }
  var endings: [String] { ["tsv"] }
  var naming: ColumnNaming { .fixed(Self.columns) }
  var bounds: RecordBounds { DelimitedText.rawTSV.bounds }

  /// No header is like a row of these.
  func recognizes(_ firstLine: String) -> Bool {
    let cells = firstLine.split(separator: "\t", omittingEmptySubsequences: false)
    return cells.count == Self.columns.count && ["0", "1"].contains(cells[0])
  }

  func open(_ log: LogHead, _ request: ColumnRequest) throws -> LogParser {
    let (columns, header) = try ColumnNames.detected(in: log, request, DelimitedText.rawTSV)
    return LogParser(FlatParser(DelimitedText.rawTSV, columns: columns.names, header: header))
  }
}

/// Cells with one byte between them.
package struct DelimitedText: RecordGrammar {
  /// The byte between two cells.
  let delimiter: UInt8
  /// Whether a cell may stand in double quotes (RFC 4180), with line breaks and `""` inside.
  let quotes: Bool

  package static let csv = DelimitedText(delimiter: UInt8(ascii: ","), quotes: true)
  package static let tsv = DelimitedText(delimiter: UInt8(ascii: "\t"), quotes: true)
  package static let rawTSV = DelimitedText(delimiter: UInt8(ascii: "\t"), quotes: false)

  package var bounds: RecordBounds { RecordBounds(quotedDelimiter: quotes ? delimiter : nil) }

  @inline(__always)
  package func scan(_ reader: inout RecordReader) throws {
    guard quotes else {
      _ = scanPlainCells(from: reader.position, &reader)
      return
    }
    reader.escaped.removeAll(keepingCapacity: true)
    var cell: Int? = reader.position
    while let start = cell {
      cell =
        if reader.bytes[start] == UInt8(ascii: "\"") {
          try scanQuotedCell(from: start, &reader)
        } else {
          scanPlainCells(from: start, &reader)
        }
    }
    if reader.position > reader.start {
      reader.nextLine += reader.bytes.newlines(in: reader.start..<reader.position - 1)
    }
  }

  /// Appends a cell in quotes; returns where the next one begins, nil at the record's end.
  private func scanQuotedCell(from cell: Int, _ reader: inout RecordReader) throws -> Int? {
    let bytes = reader.bytes
    switch QuotedCell.end(bytes, from: cell + 1, to: reader.end, delimiter, isLast: true) {
    case .closed(let quote, let next, let hasEscapes):
      if hasEscapes { reader.escaped.append(reader.found) }
      reader.append(cell + 1, quote)
      if next < reader.end && bytes[next] != UInt8(ascii: "\n") { return next + 1 }
      reader.leave(at: next)
      return nil
    case .followedByText(let place): throw brokenQuotes(place, &reader)
    case .neverClosed, .incomplete: throw brokenQuotes(nil, &reader)
    }
  }

  /// Appends cells up to one in quotes; returns where that begins, nil at the record's end.
  @inline(__always)
  private func scanPlainCells(from start: Int, _ reader: inout RecordReader) -> Int? {
    let (bytes, delimiter) = (reader.bytes, delimiter)
    let (width, stride) = (reader.width, reader.stride)
    var found = reader.found
    var target = reader.cells + found &* stride
    var (cell, offset) = (start, start)
    while true {
      let newlines = ByteMask.matches(ByteMask.newline, bytes, offset)
      var hits = newlines | ByteMask.matches(delimiter, bytes, offset)
      while hits != 0 {
        let place = offset &+ hits.trailingZeroBitCount
        var count = place &- cell
        // The lowest hit is a line end: the record is over. At the block's end there is one too.
        let isLast = newlines & hits & (~hits &+ 1) != 0
        // A carriage return before it belongs to it.
        if isLast && count > 0 && bytes[place &- 1] == UInt8(ascii: "\r") { count &-= 1 }
        if found < width { target.pointee = Cell(start: bytes + cell, count: count) }
        found &+= 1
        target += stride
        if isLast {
          reader.found = found
          reader.leave(at: place)
          return nil
        }
        cell = place &+ 1
        if quotes && bytes[cell] == UInt8(ascii: "\"") {
          reader.found = found
          return cell
        }
        hits &= hits &- 1
      }
      offset &+= ByteMask.size
    }
  }

  package func firstByte(of index: Int, in reader: borrowing RecordReader) -> Int {
    // Cells with doubled quotes have moved: look anew.
    let (bytes, end) = (reader.bytes, reader.end)
    var place = reader.start
    for _ in 0..<index {
      if quotes, bytes[place] == UInt8(ascii: "\""),
        case .closed(_, let next, _) = QuotedCell.end(
          bytes, from: place + 1, to: end, delimiter, isLast: true)
      {
        place = next + 1
      } else {
        place = (bytes.firstIndex(of: delimiter, in: place..<end) ?? end) + 1
      }
    }
    return place
  }

  /// The error of a record with broken quotes, of which the first line is given up; what follows it is
  /// read anew.
  ///
  /// Nothing behind that line may show in the error: a block may end there.
  ///
  /// - Parameter text: where text stands behind a closing quote, nil if a quote is never closed.
  private func brokenQuotes(_ text: Int?, _ reader: inout RecordReader) -> UserError {
    let (start, end) = (reader.start, reader.end)
    let lineEnd = reader.bytes.firstIndex(of: UInt8(ascii: "\n"), in: start..<end) ?? end
    reader.position = min(lineEnd + 1, end)
    reader.nextLine = reader.line + 1
    if let text, text < lineEnd {
      return UserError(
        reader.name, line: reader.line, column: text - start + 1,
        found: "text after a closing quote", expected: "a delimiter or the end of the line",
        remedy: "double a quote that belongs to the value")
    }
    return UserError(
      reader.name, line: reader.line,
      column: openQuote(in: start..<lineEnd, reader.bytes) - start + 1,
      found: "a quote that is never closed", expected: "a closing quote",
      remedy: "close it, or double a quote that belongs to the value")
  }

  /// Where the cell begins whose quote is still open at the end of a line.
  private func openQuote(in line: Range<Int>, _ bytes: UnsafePointer<UInt8>) -> Int {
    var place = line.lowerBound
    while true {
      if bytes[place] != UInt8(ascii: "\"") {
        place = bytes.firstIndex(of: delimiter, in: place..<line.upperBound)! + 1
      } else if case .closed(_, let next, _) = QuotedCell.end(
        bytes, from: place + 1, to: line.upperBound, delimiter, isLast: true)
      {
        place = next + 1
      } else {
        return place
      }
    }
  }
}
