import Support

/// Cuts records into cells, each format its own way.
package protocol RecordGrammar: Sendable {
  /// Where records end.
  var bounds: RecordBounds { get }
  /// Cuts the record at the reader's position into cells, and moves on behind its line end.
  /// - Throws: ``UserError`` for a record that is not of the format.
  func scan(_ reader: inout RecordReader) throws
  /// Where a cell of the current record begins in the block.
  func firstByte(of cell: Int, in reader: borrowing RecordReader) -> Int
}

/// Walks the records of a block, or of a whole source. Blank lines are skipped.
///
/// Cells are slices of the block, or of ``text``: they are valid until the next call of ``next(_:)``, or
/// where they go into a batch as long as that. Not copyable, since it owns memory, and not a class,
/// whose variables cost a check at each access.
package struct RecordReader: ~Copyable {
  package let name: String
  /// The current record's first line, counted from 1.
  package private(set) var line = 0
  /// The number of cells of the current record.
  package private(set) var count = 0
  /// The block that is being read, and the source of further ones.
  private var block: Block?
  private var source: SourceBlocks?
  /// Whether all bytes of the block are text, so that no record needs to be looked at.
  private var isText = true
  /// Whether what was thrown last is the fault of the source and not of a record.
  private(set) var sourceFails = false

  // The state of scanning, which formats change.
  var bytes: UnsafePointer<UInt8>
  /// Where the current record begins, and where the next one does.
  var start = 0
  var position = 0
  /// The end of the block; a line end stands there.
  var end = 0
  var nextLine = 1
  var found = 0
  /// Where the cells go: cell i to i × stride, of those below the width; further ones are only counted.
  var cells: UnsafeMutablePointer<Cell>
  var stride = 1
  var width = 64
  /// The cells where they do not go into a batch.
  private var ownCells: UnsafeMutablePointer<Cell>?
  /// Cells that hold doubled quotes.
  var escaped: [Int] = []
  /// Where the values of JSON columns begin, −1 for a column without one.
  var origins: [Int] = []
  /// The text of cells that cannot stay as they are written; that of one record, or of a batch.
  private var text = CellText()
  /// Room in ``text`` for the current record, and how much of it is used.
  var scratch: UnsafeMutablePointer<UInt8>
  var scratchUsed = 0

  /// Reads a whole source from its start, block by block.
  /// - Throws: ``UserError`` if the source cannot be opened.
  package init(_ source: LogSource, _ bounds: RecordBounds) throws {
    self.init(name: source.name)
    self.source = try SourceBlocks(source, bounds: bounds)
  }

  /// Reads one block.
  package init(_ block: Block) {
    self.init(name: block.name)
    use(block)
  }

  /// Reads a block from a record on that was read before: whose bytes are known to be text, so that an error's
  /// place costs no look at the whole block.
  init(_ block: Block, from record: RecordBatch.Record) {
    self.init(name: block.name)
    (self.block, bytes, end) = (block, block.bytes, block.count)
    (position, nextLine) = (record.start, record.line)
  }

  private init(name: String) {
    self.name = name
    let own = UnsafeMutablePointer<Cell>.allocate(capacity: width)
    (cells, ownCells) = (own, own)
    scratch = text.reserve(64)
    bytes = UnsafePointer(scratch)
  }

  deinit { ownCells?.deallocate() }

  /// Moves on to the next record that is not blank; false at the end.
  ///
  /// - Throws: ``UserError`` for broken quotes, bytes that are not text, unreadable input. After the
  ///   first two the next call goes on behind the record; of one with broken quotes that is its
  ///   second line.
  @inline(__always)
  package mutating func next(_ grammar: some RecordGrammar) throws -> Bool {
    while true {
      if position == end {
        guard try nextBlock() else { return false }
      }
      (line, start, count, found) = (nextLine, position, 0, 0)
      if ownCells != nil { text.removeAll() }
      try grammar.scan(&self)
      if !grammar.bounds.isBlank(bytes, start..<contentEnd) {
        if found > width && ownCells != nil {
          growCells()
          continue
        }
        if !isText { try checkText() }
        if !escaped.isEmpty { unescape() }
        count = found
        return true
      }
    }
  }

  /// Moves on to the next record that can be cut; false at the end.
  /// - Throws: ``UserError`` for unreadable input.
  package mutating func nextSound(_ grammar: some RecordGrammar) throws -> Bool {
    while true {
      do {
        return try next(grammar)
      } catch {
        if sourceFails { throw error }
      }
    }
  }

  /// The bytes of a cell of the current record.
  @inline(__always)
  package subscript(_ index: Int) -> UnsafeRawBufferPointer {
    precondition(index < count && index < width)
    return cells[index * stride].bytes
  }

  /// A cell of the current record as text.
  package func text(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }

  /// The current record as it is written, with its line end; after an error the one that is bad.
  package var record: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: bytes + start, count: position - start)
  }

  /// The place of the current record.
  func place(number: Int) -> RecordBatch.Record {
    RecordBatch.Record(number: number, line: line, start: start, end: position)
  }

  /// What is left of the block.
  package var rest: (offset: Int, line: Int) { (position, nextLine) }

  /// Lets the cells go into a batch from here on; their text stays until the batch is filled anew.
  mutating func fill(_ batch: RecordBatch, width: Int) {
    ownCells?.deallocate()
    ownCells = nil
    (cells, stride, self.width) = (batch.cells, batch.stride, width)
    text.removeAll()
  }

  /// Moves on to the next block of the source; false at its end.
  private mutating func nextBlock() throws -> Bool {
    count = 0
    sourceFails = true
    let next = try source?.next()
    sourceFails = false
    guard let next else { return false }
    use(next)
    return true
  }

  private mutating func use(_ block: Block) {
    self.block = block
    (bytes, position, end) = (block.bytes, 0, block.count)
    nextLine = block.place.line
    isText = firstNonText(UnsafeRawBufferPointer(start: bytes, count: end)) == nil
  }

  /// Makes room for the record's cells, and goes back to its start.
  private mutating func growCells() {
    width = found * 2
    ownCells?.deallocate()
    cells = .allocate(capacity: width)
    ownCells = cells
    (position, nextLine) = (start, line)
  }

  /// The end of the current record without its line end.
  @inline(__always)
  private var contentEnd: Int {
    position > start && bytes[position - 1] == UInt8(ascii: "\n") ? position - 1 : position
  }
}

// What formats do with the record that they cut.
extension RecordReader {
  @inline(__always)
  mutating func append(_ start: Int, _ end: Int) {
    append(Cell(start: bytes + start, count: end - start))
  }

  @inline(__always)
  mutating func append(_ cell: Cell) {
    if found < width { cells[found * stride] = cell }
    found += 1
  }

  @inline(__always)
  mutating func leave(at newline: Int) {
    position = min(newline + 1, end)
    nextLine += 1
  }

  /// Makes room for the text of the current record.
  mutating func reserveScratch(_ count: Int) {
    scratch = text.reserve(count)
    scratchUsed = 0
  }

  /// Keeps what was written there.
  mutating func keepScratch() {
    text.keep(scratchUsed)
    scratchUsed = 0
  }

  /// Halves the doubled quotes of cells.
  private mutating func unescape() {
    reserveScratch(position - start)
    for index in escaped where index < width {
      let (cell, first) = (cells[index * stride], scratchUsed)
      var from = 0
      while from < cell.count {
        scratch[scratchUsed] = cell.start[from]
        scratchUsed += 1
        from += cell.start[from] == UInt8(ascii: "\"") ? 2 : 1
      }
      cells[index * stride] = Cell(
        start: UnsafePointer(scratch + first), count: scratchUsed - first)
    }
    keepScratch()
    escaped.removeAll(keepingCapacity: true)
  }
}
