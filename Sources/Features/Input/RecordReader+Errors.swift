import Support

extension RecordReader {
  /// Where a cell of the current record begins in the block, at its opening quote if it has one.
  func firstByte(of index: Int) -> Int {
    if case .json = dialect.cells {
      // A value that is not there would stand before the end of the object.
      return origins[index] >= 0 ? origins[index] : start
    }
    guard case .delimited(let delimiter) = dialect.cells, dialect.quotes else {
      return cells[index].start - bytes
    }
    // Cells with doubled quotes have moved: look anew.
    var place = start
    for _ in 0..<index {
      if bytes[place] == UInt8(ascii: "\""),
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
  mutating func brokenQuotes(_ text: Int?) -> UserError {
    let lineEnd = bytes.firstIndex(of: UInt8(ascii: "\n"), in: start..<end) ?? end
    position = min(lineEnd + 1, end)
    nextLine = line + 1
    if let text, text < lineEnd {
      return UserError(
        name, line: line, column: text - start + 1, found: "text after a closing quote",
        expected: "a delimiter or the end of the line",
        remedy: "double a quote that belongs to the value")
    }
    return UserError(
      name, line: line, column: openQuote(in: start..<lineEnd) - start + 1,
      found: "a quote that is never closed", expected: "a closing quote",
      remedy: "close it, or double a quote that belongs to the value")
  }

  /// Where the cell begins whose quote is still open at the end of a line.
  private func openQuote(in line: Range<Int>) -> Int {
    var place = line.lowerBound
    while true {
      if bytes[place] != UInt8(ascii: "\"") {
        place = bytes.firstIndex(of: dialect.delimiter!, in: place..<line.upperBound)! + 1
      } else if case .closed(_, let next, _) = QuotedCell.end(
        bytes, from: place + 1, to: line.upperBound, dialect.delimiter, isLast: true)
      {
        place = next + 1
      } else {
        return place
      }
    }
  }
}
