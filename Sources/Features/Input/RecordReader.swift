import Support

/// Cuts a block, or a whole source, into records of cells. Blank lines are skipped.
///
/// Cells are slices of the block: they are valid until the next call of ``next()``. Not copyable,
/// since it owns memory, and not a class, whose variables cost a check at each access.
struct RecordReader: ~Copyable {
  struct Cell {
    var start: UnsafePointer<UInt8>
    var count: Int
  }

  let name: String
  let dialect: Dialect
  /// The current record's first line, counted from 1.
  private(set) var line = 0
  /// The number of cells of the current record.
  private(set) var count = 0
  /// The block that is being read, and the source of further ones.
  private var block: Block?
  private var source: SourceBlocks?
  /// Whether all bytes of the block are text, so that no record needs to be looked at.
  private var isText = true
  /// Whether what was thrown last is the fault of the source and not of a record.
  private var sourceFails = false
  // Scanning state, shared with the extension that scans.
  var bytes: UnsafePointer<UInt8>
  /// Where the current record begins, and where the next one does.
  var start = 0
  var position = 0
  /// The end of the block; a line end stands there.
  var end = 0
  var nextLine = 1
  var found = 0
  var cells = UnsafeMutableBufferPointer<Cell>.allocate(capacity: 64)
  /// Cells that hold doubled quotes.
  var escaped: [Int] = []
  /// Where the values of JSON columns begin, −1 for a column without one.
  var origins: [Int] = []
  /// The text of cells that cannot stay as they are written.
  var scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64)
  var scratchUsed = 0

  /// Reads a whole source from its start, block by block.
  /// - Throws: ``UserError`` if the source cannot be opened.
  init(_ source: LogSource, dialect: Dialect) throws {
    self.name = source.name
    self.dialect = dialect
    self.source = try SourceBlocks(source, dialect: dialect)
    bytes = UnsafePointer(scratch.baseAddress!)
  }

  /// Reads one block.
  init(_ block: Block) {
    name = block.name
    dialect = block.dialect
    bytes = block.bytes
    use(block)
  }

  deinit {
    cells.deallocate()
    scratch.deallocate()
  }

  /// Moves on to the next record that is not blank; false at the end.
  ///
  /// - Throws: ``UserError`` for broken quotes, bytes that are not text, unreadable input. After the
  ///   first two the next call goes on behind the record; of one with broken quotes that is its
  ///   second line.
  mutating func next() throws -> Bool {
    while true {
      if position == end {
        count = 0
        sourceFails = true
        let next = try source?.next()
        sourceFails = false
        guard let next else { return false }
        use(next)
      }
      (line, start, count) = (nextLine, position, 0)
      try scan()
      if !dialect.isBlank(bytes, start..<contentEnd) {
        if !isText { try checkText() }
        if !escaped.isEmpty { unescape() }
        count = found
        return true
      }
    }
  }

  /// Moves on to the next record that can be cut; false at the end.
  /// - Throws: ``UserError`` for unreadable input.
  mutating func nextSound() throws -> Bool {
    while true {
      do {
        return try next()
      } catch {
        if sourceFails { throw error }
      }
    }
  }

  /// The bytes of a cell of the current record.
  @inline(__always)
  subscript(_ index: Int) -> UnsafeRawBufferPointer {
    precondition(index < count)
    let cell = cells[index]
    return UnsafeRawBufferPointer(start: cell.start, count: cell.count)
  }

  /// A cell of the current record as text.
  func text(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }

  /// The current record as it is written, with its line end; after an error the one that is bad.
  var record: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: bytes + start, count: position - start)
  }

  /// What is left of the block.
  var rest: (offset: Int, line: Int) { (position, nextLine) }

  /// An error at a cell of the current record, at a byte of it, or at the whole record.
  func error(
    at index: Int? = nil, byte: Int = 0, found: String, expected: String, remedy: String
  ) -> UserError {
    let place = index.map { self.place(of: firstByte(of: $0) + byte) }
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

  private mutating func use(_ block: Block) {
    self.block = block
    (bytes, position, end) = (block.bytes, 0, block.count)
    nextLine = block.place.line
    isText = firstNonText(UnsafeRawBufferPointer(start: bytes, count: end)) == nil
  }

  /// The end of the current record without its line end.
  private var contentEnd: Int {
    position > start && bytes[position - 1] == UInt8(ascii: "\n") ? position - 1 : position
  }

  /// Refuses bytes that are not text: NUL, and what is not UTF-8.
  private func checkText() throws {
    guard let (bad, isNUL) = firstNonText(record) else { return }
    let place = place(of: start + bad)
    throw UserError(
      name, line: place.line, column: place.column,
      found: isNUL ? "a NUL byte" : "a byte that is not UTF-8", expected: "text",
      remedy: "check that this is a log and not a binary file, or convert it to UTF-8")
  }
}
