import Support

/// Walks logs block by block.
///
/// It is used by one thread at a time: workers take turns at ``next()`` and read what they got at the
/// same time. Not copyable, since it reads.
package struct BlockReader: ~Copyable {
  /// The bytes of a block, unless another size is asked for.
  package static let blockSize = SourceBlocks.usualSize

  private let sources: [LogSource]
  private let format: LogFormat
  private let request: ColumnRequest
  private let blockSize: Int
  private let pool: BlockPool
  /// Called when a source is opened.
  private let opened: (any NamedColumns, LogSource) throws -> Void
  private var place: BlockPlace
  /// The source that is open.
  private var blocks: (any LogBlocks)?
  private var storedBefore = 0
  private var hasRows = false

  /// - Parameters:
  ///   - sources: the logs, read one after the other.
  ///   - format: how they are written; Parquet is told from its bytes and columns in memory are
  ///     known, whatever the format.
  ///   - request: what is to be read of them.
  ///   - place: where to begin: the place of a block of the same sources, read with the same size.
  ///   - opened: called with what a source's head says before its first block is given out; throws
  ///     what keeps it from being read.
  package init(
    _ sources: [LogSource], _ format: LogFormat, _ request: ColumnRequest,
    from place: BlockPlace = BlockPlace(), blockSize: Int = BlockReader.blockSize,
    opened: @escaping (any NamedColumns, LogSource) throws -> Void = { _, _ in }
  ) {
    (self.sources, self.format, self.request) = (sources, format, request)
    (self.blockSize, self.place, self.opened) = (blockSize, place, opened)
    pool = BlockPool(blockSize: blockSize)
  }

  /// How many bytes were read of the sources as they are stored.
  package private(set) var stored = 0

  /// The next block, nil at the end.
  ///
  /// - Throws: ``UserError`` for a source that cannot be read or is damaged, that has no rows, whose
  ///   header lacks a column or names one twice, and for a line that is too long.
  package mutating func next() throws -> (any LogBlock)? {
    while place.source < sources.count {
      if blocks == nil { try open() }
      if let block = try blocks!.next() {
        place = blocks!.place
        stored = storedBefore + blocks!.stored
        hasRows = true
        return block
      }
      guard hasRows else { throw UserError.noRows(in: sources[place.source].name) }
      storedBefore = stored
      blocks = nil
      place = BlockPlace(number: place.number, source: place.source + 1, row: place.row)
    }
    return nil
  }

  /// Opens the source of `place` and reads its head.
  private mutating func open() throws {
    let log = sources[place.source]
    hasRows = place.offset > 0
    if let columns = log.columns {
      let table = try ArrowTable(columns, of: log, request)
      try openTyped(table, log, "columns in memory") {
        ArrowBlocks(table, from: $0, blockSize: $1)
      }
    } else if try log.isParquet() {
      let table = try ParquetTable(log, request)
      try openTyped(table, log, "Parquet") {
        try ParquetBlocks(table, from: $0, blockSize: $1)
      }
    } else {
      try openText(log)
    }
  }

  /// Opens what has columns with types.
  ///
  /// - Parameter blocks: makes blocks from a place on, of a size.
  private mutating func openTyped(
    _ table: some NamedColumns, _ log: LogSource, _ words: String,
    _ blocks: (BlockPlace, Int) throws -> any LogBlocks
  ) throws {
    guard !format.hasPairs else {
      throw UserError(
        log.name, found: words, expected: "a log in format \(format.rawValue)",
        remedy: "name other logs, or a schema without that format")
    }
    try opened(table, log)
    // Of many files some may have no rows: writers in parallel leave such.
    hasRows = hasRows || sources.count > 1
    self.blocks = try blocks(place, blockSize)
  }

  private mutating func openText(_ log: LogSource) throws {
    let format = try format(of: log)
    let start = BlockPlace(number: place.number, source: place.source, row: place.row)
    let (bounds, blockSize, pool) = (format.bounds, blockSize, pool)
    func blocks(at place: BlockPlace) throws -> SourceBlocks {
      try SourceBlocks(log, bounds: bounds, place: place, blockSize: blockSize, pool: pool)
    }
    var head = try blocks(at: start)
    let first = try head.peek()
    guard let first else { throw UserError.empty(log.name) }
    let parser = try format.open(LogHead(first), request).batches
    try opened(parser, log)
    if hasRows {
      self.blocks = TextBlocks(try blocks(at: place), parser)
    } else {
      head.drop(Self.whole(parser.header, of: first))
      self.blocks = TextBlocks(head, parser)
    }
  }

  /// How a log is written that is text: as the format says, or where that is none of text as it looks.
  private func format(of log: LogSource) throws -> any RecordFormat {
    guard format.naming == .schema else { return format.format(in: request.dialect) }
    let found = try LogFormat.detected(in: log)
    var dialect = request.dialect
    try dialect.complete(from: log, found)
    return found.format(in: dialect)
  }

  /// A header whose extent is not known ends with the first line that is not blank.
  private static func whole(_ header: RecordCut, of block: Block) -> RecordCut {
    guard header.records > 0 && header.end == 0 else { return header }
    var (start, lines) = (0, 0)
    while start < block.count {
      let newline = block.bytes.firstIndex(of: UInt8(ascii: "\n"), in: start..<block.count)
      let end = newline ?? block.count
      lines += 1
      if !RecordBounds.lines.isBlank(block.bytes, start..<end) {
        return RecordCut(end: min(end + 1, block.count), records: 1, lines: lines)
      }
      start = end + 1
    }
    return header
  }
}
