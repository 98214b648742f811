extension RecordReader {
  /// Cuts the record at `position` at its delimiters and moves on behind it.
  @inline(__always)
  mutating func scan() throws {
    found = 0
    switch dialect.cells {
    case .delimited(let delimiter):
      if dialect.quotes {
        try scanQuoted(delimiter)
      } else {
        _ = scanPlainCells(from: position, delimiter)
      }
    case .blanks: scanBlanks()
    case .json(let columns): try scanJSON(columns)
    }
  }

  private mutating func scanQuoted(_ delimiter: UInt8) throws {
    escaped.removeAll(keepingCapacity: true)
    var cell: Int? = position
    while let start = cell {
      cell =
        if bytes[start] == UInt8(ascii: "\"") {
          try scanQuotedCell(from: start, delimiter)
        } else {
          scanPlainCells(from: start, delimiter)
        }
    }
    if position > start { nextLine += bytes.newlines(in: start..<position - 1) }
  }

  /// Appends a cell in quotes; returns where the next one begins, nil at the record's end.
  private mutating func scanQuotedCell(from cell: Int, _ delimiter: UInt8) throws -> Int? {
    switch QuotedCell.end(bytes, from: cell + 1, to: end, delimiter, isLast: true) {
    case .closed(let quote, let next, let hasEscapes):
      if hasEscapes { escaped.append(found) }
      append(cell + 1, quote)
      if next < end && bytes[next] != UInt8(ascii: "\n") { return next + 1 }
      leave(at: next)
      return nil
    case .followedByText(let place): throw brokenQuotes(place)
    case .neverClosed, .incomplete: throw brokenQuotes(nil)
    }
  }

  /// Appends cells up to one in quotes; returns where that begins, nil at the record's end.
  @inline(__always)
  private mutating func scanPlainCells(from start: Int, _ delimiter: UInt8) -> Int? {
    let delimiters = ByteWord.spread(delimiter)
    var (cell, word) = (start, start)
    while true {
      let bits = ByteWord.load(bytes, word)
      let newlines = ByteWord.matches(bits, ByteWord.newline)
      var hits = newlines | ByteWord.matches(bits, delimiters)
      while hits != 0 {
        let place = word + ByteWord.first(hits)
        append(cell, place)
        // The lowest hit is a line end: the record is over. At the block's end there is one too.
        if newlines & hits & (~hits &+ 1) != 0 {
          endRecord(at: place)
          return nil
        }
        cell = place + 1
        if dialect.quotes && bytes[cell] == UInt8(ascii: "\"") { return cell }
        hits &= hits &- 1
      }
      word += 8
    }
  }

  private mutating func scanBlanks() {
    var place = position
    while true {
      while Dialect.isBlank(bytes[place]) && place < end { place += 1 }
      if place == end || bytes[place] == UInt8(ascii: "\n") { break }
      let first = place
      // Everything up to the blank is taken for visible, so that junk is shown, not skipped.
      while !Dialect.isBlank(bytes[place]) && bytes[place] != UInt8(ascii: "\n") { place += 1 }
      append(first, place)
    }
    leave(at: place)
  }

  @inline(__always)
  mutating func append(_ start: Int, _ end: Int) {
    if found == cells.count {
      let larger = UnsafeMutableBufferPointer<Cell>.allocate(capacity: found * 2)
      _ = larger.update(fromContentsOf: cells)
      cells.deallocate()
      cells = larger
    }
    cells[found] = Cell(start: bytes + start, count: end - start)
    found += 1
  }

  /// Ends the record at its line end; a carriage return before it belongs to it.
  @inline(__always)
  private mutating func endRecord(at newline: Int) {
    let last = found - 1
    let count = cells[last].count
    if count > 0 && cells[last].start[count - 1] == UInt8(ascii: "\r") {
      cells[last].count = count - 1
    }
    leave(at: newline)
  }

  @inline(__always)
  mutating func leave(at newline: Int) {
    position = min(newline + 1, end)
    nextLine += 1
  }

  /// Empties the scratch memory and makes room for so many bytes.
  mutating func reserveScratch(_ count: Int) {
    scratchUsed = 0
    guard scratch.count < count else { return }
    scratch.deallocate()
    scratch = .allocate(capacity: count * 2)
  }

  /// Halves the doubled quotes of cells.
  mutating func unescape() {
    reserveScratch(position - start)
    var to = scratch.baseAddress!
    for index in escaped {
      let (cell, first) = (cells[index], to)
      var from = 0
      while from < cell.count {
        to.pointee = cell.start[from]
        to += 1
        from += cell.start[from] == UInt8(ascii: "\"") ? 2 : 1
      }
      cells[index] = Cell(start: UnsafePointer(first), count: to - first)
    }
  }
}
