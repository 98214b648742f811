/// Where the last whole record of some bytes ends, and what stands before that.
package struct RecordCut: Equatable, Sendable {
  /// The byte behind the last whole record.
  package var end = 0
  /// Records that are not blank.
  package var records = 0
  package var lines = 0

  package init(end: Int = 0, records: Int = 0, lines: Int = 0) {
    (self.end, self.records, self.lines) = (end, records, lines)
  }
}

/// Finds record bounds without parsing.
///
/// It knows of quotes what ``RecordReader`` knows, so that both agree on every record: a quote opens
/// at the start of a cell only, and a record whose quotes are broken is its first line. That is why
/// a cut anywhere gives the records of an uncut log.
package struct RecordCutter {
  private let bounds: RecordBounds
  private let bytes: UnsafePointer<UInt8>
  private let count: Int
  private let isLast: Bool

  /// - Parameters:
  ///   - bytes: start at a record; ``ByteMask/size`` more behind `count` can be read.
  ///   - isLast: whether the log ends here; where more follows, a record that is not complete is left
  ///     over.
  package init(_ bytes: UnsafePointer<UInt8>, count: Int, bounds: RecordBounds, isLast: Bool) {
    self.bytes = bytes
    self.count = count
    self.bounds = bounds
    self.isLast = isLast
  }

  package func cut() -> RecordCut {
    bounds.quotedDelimiter.map(cutQuoted) ?? cutLines()
  }

  private func cutLines() -> RecordCut {
    var cut = RecordCut()
    var offset = 0
    while offset < count {
      var hits = ByteMask.matches(ByteMask.newline, bytes, offset)
      while hits != 0 {
        let place = offset + hits.trailingZeroBitCount
        if place >= count { break }
        endLine(at: place, &cut)
        hits &= hits &- 1
      }
      offset += ByteMask.size
    }
    return finish(cut)
  }

  @inline(__always)
  private func endLine(at newline: Int, _ cut: inout RecordCut) {
    cut.lines += 1
    if !bounds.isBlank(bytes, cut.end..<newline) { cut.records += 1 }
    cut.end = newline + 1
  }

  private func finish(_ cut: RecordCut) -> RecordCut {
    guard isLast && cut.end < count else { return cut }
    var cut = cut
    if !bounds.isBlank(bytes, cut.end..<count) { cut.records += 1 }
    cut.end = count
    return cut
  }

  private func cutQuoted(_ delimiter: UInt8) -> RecordCut {
    var cut = RecordCut()
    // Line ends in the quotes of the record so far.
    var inside = 0
    var offset = 0
    scan: while offset < count {
      var hits =
        ByteMask.matches(ByteMask.newline, bytes, offset)
        | ByteMask.matches(ByteMask.quote, bytes, offset)
      while hits != 0 {
        let place = offset + hits.trailingZeroBitCount
        if place >= count { break scan }
        hits &= hits &- 1
        if bytes[place] == UInt8(ascii: "\n") {
          endLine(at: place, &cut)
          cut.lines += inside
          inside = 0
        } else if place == cut.end || bytes[place - 1] == delimiter {
          switch QuotedCell.end(bytes, from: place + 1, to: count, delimiter, isLast: isLast) {
          case .closed(_, let next, _):
            inside += bytes.newlines(in: place..<next)
            offset = next
          case .incomplete: return cut
          case .neverClosed, .followedByText:
            inside = 0
            guard let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), in: cut.end..<count) else {
              return finish(cut)
            }
            endLine(at: newline, &cut)
            offset = cut.end
          }
          continue scan
        }
      }
      offset += ByteMask.size
    }
    if isLast { cut.lines += inside }
    return finish(cut)
  }
}

/// A cell in quotes.
enum QuotedCell {
  /// The place of the closing quote, that of the delimiter or line end behind it (or the log's end),
  /// and whether there are doubled quotes inside.
  case closed(quote: Int, next: Int, escaped: Bool)
  /// The bytes end before this is known.
  case incomplete
  case neverClosed
  /// Behind the closing quote, at this place, stands what is no delimiter and no line end.
  case followedByText(Int)

  /// Finds the end of a cell.
  ///
  /// - Parameters:
  ///   - start: the byte behind the opening quote.
  ///   - limit: the byte behind the last one.
  ///   - isLast: whether nothing follows the last byte.
  @inline(__always)
  static func end(
    _ bytes: UnsafePointer<UInt8>, from start: Int, to limit: Int, _ delimiter: UInt8,
    isLast: Bool
  ) -> QuotedCell {
    var (from, escaped) = (start, false)
    while true {
      guard let quote = bytes.firstIndex(of: UInt8(ascii: "\""), in: from..<limit) else {
        return isLast ? .neverClosed : .incomplete
      }
      var next = quote + 1
      if next == limit {
        return isLast ? .closed(quote: quote, next: next, escaped: escaped) : .incomplete
      }
      if bytes[next] == UInt8(ascii: "\"") {
        (from, escaped) = (next + 1, true)
        continue
      }
      if bytes[next] == UInt8(ascii: "\r") {
        if next + 1 == limit && !isLast { return .incomplete }
        if next + 1 == limit || bytes[next + 1] == UInt8(ascii: "\n") { next += 1 }
      }
      if next == limit || bytes[next] == delimiter || bytes[next] == UInt8(ascii: "\n") {
        return .closed(quote: quote, next: next, escaped: escaped)
      }
      return .followedByText(next)
    }
  }
}
