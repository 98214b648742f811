/// How the text of a log is cut into cells.
struct Dialect {
  /// The byte between two cells; nil for runs of blanks.
  var delimiter: UInt8?
  /// Whether a cell may stand in double quotes (RFC 4180), with line breaks and `""` inside.
  var quotes = false

  static let csv = Dialect(delimiter: UInt8(ascii: ","), quotes: true)
  static let tsv = Dialect(delimiter: UInt8(ascii: "\t"), quotes: true)
  static let rawTSV = Dialect(delimiter: UInt8(ascii: "\t"))
  static let blanks = Dialect()
}

/// Cuts a stream into records of cells, chunk by chunk. Blank lines are skipped.
///
/// Cells are slices of the reader's buffer: they are valid until the next call of ``next()``. Not
/// copyable, since it owns its buffer, and not a class, whose variables cost a check at each access.
struct RecordReader: ~Copyable {
  /// A record that is longer is taken for an unclosed quote.
  static let longestRecord = 1 << 24

  struct Cell {
    var start: Int32
    var count: Int32
    /// Lines after the record's first.
    var line: Int32
    /// The first byte within its line, counted from 1.
    var column: Int32
  }

  let name: String
  /// The current record's first line, counted from 1.
  private(set) var line = 0
  /// The number of cells of the current record.
  private(set) var count = 0

  let dialect: Dialect
  private let stream: ByteStream
  private var nextLine = 1
  private var finished = false
  // Scanning state, shared with the extension that scans.
  var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
  var position = 0
  var end = 0
  var cells = UnsafeMutableBufferPointer<Cell>.allocate(capacity: 64)
  var found = 0
  /// Cells that hold doubled quotes.
  var escaped: [Int] = []

  private init(_ stream: ByteStream, name: String, dialect: Dialect) {
    self.stream = stream
    self.name = name
    self.dialect = dialect
  }

  /// - Throws: ``InputError`` if the source cannot be opened.
  init(_ source: LogSource, dialect: Dialect) throws {
    self.init(try ByteStream(source), name: source.name, dialect: dialect)
  }

  deinit {
    buffer.deallocate()
    cells.deallocate()
  }

  /// Moves on to the next record that is not blank; false at the end.
  /// - Throws: ``InputError`` for an unclosed quote, bytes that are not text, unreadable input.
  mutating func next() throws -> Bool {
    if nextLine == 1 { try skipByteOrderMark() }
    while true {
      line = nextLine
      switch try dialect.delimiter.map({ try scanDelimited($0, atEnd: finished) })
        ?? scanBlanks(atEnd: finished)
      {
      case .record(let next, let lines):
        try validate(position..<next)
        for cell in escaped { unescape(cell) }
        position = next
        nextLine += lines
        count = found
        let blank = count == 0 || (count == 1 && cells[0].count == 0)
        if !blank { return true }
      case .incomplete:
        if finished {
          count = 0
          return false
        }
        try refill()
      }
    }
  }

  /// The bytes of a cell of the current record.
  @inline(__always)
  subscript(_ index: Int) -> UnsafeRawBufferPointer {
    precondition(index < count)
    let cell = cells[index]
    return UnsafeRawBufferPointer(
      start: buffer.baseAddress! + Int(cell.start), count: Int(cell.count))
  }

  /// A cell of the current record as text.
  func text(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }

  /// An error at a cell of the current record, or at the whole record.
  func error(
    at index: Int? = nil, found: String, expected: String, remedy: String
  ) -> InputError {
    let cell = index.map { cells[$0] }
    return InputError(
      name, line: line + Int(cell?.line ?? 0), column: cell.map { Int($0.column) },
      found: found, expected: expected, remedy: remedy)
  }

  /// Adds a cell to the record that is being scanned.
  @inline(__always)
  mutating func append(_ cell: Cell) {
    if found == cells.count {
      let larger = UnsafeMutableBufferPointer<Cell>.allocate(capacity: found * 2)
      _ = larger.update(fromContentsOf: cells)
      cells.deallocate()
      cells = larger
    }
    cells[found] = cell
    found += 1
  }

  private mutating func skipByteOrderMark() throws {
    while end < 3 && !finished { try refill() }
    if end >= 3 && buffer[0] == 0xEF && buffer[1] == 0xBB && buffer[2] == 0xBF { position = 3 }
  }

  /// Keeps the unread rest and reads on behind it.
  private mutating func refill() throws {
    let rest = end - position
    if position > 0 {
      buffer.baseAddress!.copyMemory(from: buffer.baseAddress! + position, byteCount: rest)
    } else if rest == buffer.count {
      guard rest < Self.longestRecord else {
        throw InputError(
          name, line: line, found: "a record of more than \(Self.longestRecord >> 20) MiB",
          expected: "shorter records", remedy: "look for a quote that is never closed")
      }
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: rest * 2, alignment: 16)
      larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
      buffer.deallocate()
      buffer = larger
    }
    position = 0
    end = rest
    let count = try stream.read(into: .init(rebasing: buffer[end...]))
    end += count
    finished = count == 0
  }
}
