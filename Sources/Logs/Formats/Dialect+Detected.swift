extension Dialect {
  /// The bytes of a log's beginning that are looked at.
  private static let sample = 1 << 18

  /// Fills the gaps by a log's first lines where these are clear.
  ///
  /// Cells stand between semicolons, tabs, bars or commas where the first line has none of the format's own
  /// delimiters, and every line has as many of another one. Quotes in a table with tabs are but
  /// characters where every line has as many cells as the first one, though some open a quote that they
  /// do not close.
  /// - Throws: ``UserError`` for a log that cannot be read.
  package mutating func complete(from source: LogSource, _ format: LogFormat) throws {
    guard let grammar = (format.format as? Delimited)?.grammar, delimiter == nil || quotes == nil
    else { return }
    let lines = try Self.firstLines(of: source)
    guard let first = lines.first else { return }
    if delimiter == nil && Self.count(grammar.delimiter, in: first) == 0 {
      delimiter = Self.delimiter(of: lines)
    }
    let tab = UInt8(ascii: "\t")
    if quotes == nil, (delimiter ?? grammar.delimiter) == tab {
      let rows = lines.map { $0.split(separator: tab, omittingEmptySubsequences: false) }
      let isTable = rows[0].count > 1 && rows.allSatisfy { $0.count == rows[0].count }
      if isTable && rows.contains(where: { $0.contains(where: Self.opensQuote) }) { quotes = false }
    }
  }

  private static func firstLines(of source: LogSource) throws -> [ArraySlice<UInt8>] {
    let stream = try ByteStream(source)
    let bytes = try [UInt8](unsafeUninitializedCapacity: sample) { buffer, count in
      count = try stream.fill(UnsafeMutableRawBufferPointer(buffer))
    }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    var lines = text.split(separator: UInt8(ascii: "\n"))
    if bytes.count == sample { _ = lines.popLast() }
    return lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }.filter { !$0.isEmpty }
  }

  private static func delimiter(of lines: [ArraySlice<UInt8>]) -> UInt8? {
    let found = [";", "\t", "|", ","].map { Character($0).asciiValue! }.filter { delimiter in
      let count = count(delimiter, in: lines[0])
      return count > 0 && lines.allSatisfy { Self.count(delimiter, in: $0) == count }
    }
    return found.count == 1 ? found[0] : nil
  }

  /// How often a byte stands outside of quotes.
  private static func count(_ byte: UInt8, in line: ArraySlice<UInt8>) -> Int {
    var (count, isQuoted) = (0, false)
    for next in line {
      if next == UInt8(ascii: "\"") { isQuoted.toggle() }
      if next == byte && !isQuoted { count += 1 }
    }
    return count
  }

  /// Whether a cell begins with a quote that it does not end with.
  private static func opensQuote(_ cell: ArraySlice<UInt8>) -> Bool {
    let quote = UInt8(ascii: "\"")
    return cell.first == quote && (cell.count == 1 || cell.last != quote)
  }
}

extension LogFormat {
  /// The format itself, in a dialect.
  func format(in dialect: Dialect) -> any RecordFormat {
    guard let delimited = format as? Delimited, dialect != Dialect() else { return format }
    return Delimited(
      name: delimited.name,
      grammar: DelimitedText(
        delimiter: dialect.delimiter ?? delimited.grammar.delimiter,
        quotes: dialect.quotes ?? delimited.grammar.quotes))
  }
}
