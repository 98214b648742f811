import Support

/// Walks logs block by block.
///
/// It is used by one thread at a time: workers take turns at ``next()`` and parse what they got at the
/// same time. Not copyable, since it reads.
struct BlockReader: ~Copyable {
  /// The bytes of a block, unless told otherwise.
  static let blockSize = 4 << 20

  private let sources: [LogSource]
  private let schema: Schema
  private let labels: LabelPolicy
  private let blockSize: Int
  private let pool: BlockPool
  private var place: BlockPlace
  private var source: SourceBlocks?
  private var format: RowBlock.Format?
  private var storedBefore = 0
  private var hasRows = false

  /// - Parameters:
  ///   - sources: the logs, read one after the other.
  ///   - schema: completed; says what the columns mean.
  ///   - labels: whether rows must have labels.
  ///   - place: where to begin: the place of a block of the same sources, read with the same size.
  init(
    _ sources: [LogSource], schema: Schema, labels: LabelPolicy,
    from place: BlockPlace = BlockPlace(), blockSize: Int = BlockReader.blockSize
  ) throws {
    self.sources = sources
    self.schema = schema
    self.labels = labels
    self.blockSize = blockSize
    self.place = place
    pool = BlockPool(blockSize: blockSize)
  }

  /// How many bytes were read of the sources as they are stored.
  private(set) var stored = 0

  /// The next block, nil at the end.
  ///
  /// - Throws: ``UserError`` for a source that cannot be read or is damaged, that has no rows, whose
  ///   header lacks a column or names one twice, and for a line that is too long.
  mutating func next() throws -> RowBlock? {
    while place.source < sources.count {
      if format == nil { try open() }
      if let block = try source?.next() {
        place = source?.place ?? place
        stored = storedBefore + (source?.stored ?? 0)
        if block.records == 0 { continue }
        hasRows = true
        return RowBlock(block: block, format: format!)
      }
      guard hasRows else { throw UserError.noRows(in: sources[place.source].name) }
      storedBefore = stored
      source = nil
      format = nil
      place = BlockPlace(number: place.number, source: place.source + 1, row: place.row)
    }
    return nil
  }

  /// Opens the source of `place` and reads its head, from which its format follows.
  private mutating func open() throws {
    let log = sources[place.source]
    let start = BlockPlace(number: place.number, source: place.source, row: place.row)
    let dialect = schema.dialect
    func blocks(at place: BlockPlace) throws -> SourceBlocks {
      try SourceBlocks(log, dialect: dialect, place: place, blockSize: blockSize, pool: pool)
    }
    var head = try blocks(at: start)
    let first = try head.peek()
    guard let first else { throw UserError.empty(log.name) }
    let (format, header) = try RowBlock.Format.told(by: first, schema: schema, labels: labels)
    self.format = format
    hasRows = place.offset > 0
    if hasRows {
      source = try blocks(at: place)
    } else {
      head.drop(header)
      source = consume head
    }
  }
}

extension RowBlock.Format {
  /// The format that a schema and the first block of a source ask for, and the header that is to be
  /// passed over.
  static func told(
    by first: Block, schema: Schema, labels: LabelPolicy
  ) throws -> (RowBlock.Format, header: RecordCut) {
    let format = schema.format ?? .csv
    if format.hasPairs {
      return (.pairs(try PairRows(schema: schema, labels: labels)), RecordCut())
    }
    var reader = RecordReader(first)
    let (columns, header) =
      format == .jsonl
      ? (Columns(schema.columnNames), RecordCut())
      : try Columns.told(
        by: &reader, names: schema.headerless(format), label: schema.label?.column, labels: labels)
    let rows = try DelimitedRows(columns, of: first.name, schema: schema, labels: labels)
    return (.delimited(rows), header)
  }
}
