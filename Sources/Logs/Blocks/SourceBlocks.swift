import Support

/// Cuts one source into blocks.
package struct SourceBlocks: ~Copyable {
  /// A record that is longer is not read.
  package static let longestRecord = 1 << 24
  /// The bytes of a block, unless another size is asked for.
  static let usualSize = 4 << 20

  private let source: LogSource
  private let stream: ByteStream
  private let bounds: RecordBounds
  private let blockSize: Int
  private let pool: BlockPool
  /// The place of the next block.
  private(set) var place: BlockPlace
  /// What was read and belongs to the next block, or to those behind it.
  private var ahead: BlockStorage
  private var filled = 0
  /// How many bytes the next block has at most; more only if its first record is longer.
  private var window: Int
  private var isAtEnd = false

  /// - Parameters:
  ///   - place: where to begin: the source's start, or the place of a block.
  ///   - blockSize: the bytes of a block at most, unless one record is longer.
  /// - Throws: ``UserError`` if the source cannot be opened.
  init(
    _ source: LogSource, bounds: RecordBounds, place: BlockPlace = BlockPlace(),
    blockSize: Int = usualSize, pool: BlockPool? = nil
  ) throws {
    precondition(1...Self.longestRecord ~= blockSize)
    let stream = try ByteStream(source)
    if place.offset > 0 { try stream.skip(place.offset) }
    self.stream = stream
    self.source = source
    self.bounds = bounds
    self.blockSize = blockSize
    self.pool = pool ?? BlockPool(blockSize: blockSize)
    self.place = place
    window = blockSize
    ahead = self.pool.take(blockSize)
  }

  /// How many stored bytes were read.
  var stored: Int { stream.stored }

  /// The next block, nil at the end.
  /// - Throws: ``UserError`` for what cannot be read, and for a line that is too long.
  mutating func next() throws -> Block? {
    guard let cut = try nextCut() else { return nil }
    return take(cut)
  }

  /// The first block that has a record, which stays the next one; nil where there is none.
  /// - Throws: as ``next()``.
  mutating func peek() throws -> Block? {
    while let cut = try nextCut() {
      guard cut.records > 0 else {
        drop(cut)
        continue
      }
      let block = block(cut)
      if cut.end == filled { block.close() }
      return block
    }
    return nil
  }

  /// Passes over the first bytes of what was peeked at; the block must be gone.
  mutating func drop(_ cut: RecordCut) {
    filled -= cut.end
    ahead.base.update(from: ahead.base + cut.end, count: filled)
    window = blockSize
    place.offset += cut.end
    place.line += cut.lines
  }

  private mutating func nextCut() throws -> RecordCut? {
    if place.offset == 0 { try skipByteOrderMark() }
    while true {
      // One byte more than is looked at tells whether something follows.
      try fill(upTo: window + 1)
      if filled == 0 { return nil }
      if place.line == 1 && isAtEnd { try checkLineEnds() }
      let cut = RecordCutter(
        ahead.base, count: min(filled, window), bounds: bounds, isLast: filled <= window
      ).cut()
      if cut.end > 0 { return cut }
      if window == Self.longestRecord { return try firstLine() }
      window = min(window * 2, Self.longestRecord)
    }
  }

  private mutating func skipByteOrderMark() throws {
    try fill(upTo: 3)
    let bytes = ahead.base
    guard filled >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF else { return }
    (filled, place.offset) = (0, 3)
  }

  /// Refuses a log of lines that end in a carriage return alone, which would all be one.
  private func checkLineEnds() throws {
    let bytes = UnsafePointer(ahead.base)
    guard bytes.firstIndex(of: UInt8(ascii: "\n"), in: 0..<filled) == nil,
      let end = bytes.firstIndex(of: UInt8(ascii: "\r"), in: 0..<filled), end + 1 < filled
    else { return }
    throw UserError(
      source.name, line: 1, column: end + 1, found: "a line that ends in a carriage return (CR)",
      expected: "lines that end in LF or CR LF",
      remedy: "convert it: tr '\\r' '\\n' < FILE | deepfm … -")
  }

  private mutating func fill(upTo wanted: Int) throws {
    guard !isAtEnd && filled < wanted else { return }
    if wanted > ahead.capacity {
      let larger = pool.take(wanted)
      larger.base.update(from: ahead.base, count: filled)
      ahead = larger
    }
    let room = UnsafeMutableRawBufferPointer(start: ahead.base + filled, count: wanted - filled)
    let count = try stream.fill(room)
    filled += count
    isAtEnd = count < room.count
  }

  /// The first line of a record that is too long, since a quote is not closed for so long.
  private func firstLine() throws -> RecordCut {
    let bytes = UnsafePointer(ahead.base)
    guard let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), in: 0..<window) else {
      try checkLineEnds()
      throw UserError(
        source.name, line: place.line,
        found: "a line of more than \(Self.longestRecord >> 20) MiB", expected: "shorter lines",
        remedy: "check that this is a log and how its lines end")
    }
    return RecordCut(end: newline + 1, records: 1, lines: 1)
  }

  private func block(_ cut: RecordCut) -> Block {
    Block(
      place: place, name: source.name, records: cut.records, count: cut.end, storage: ahead)
  }

  private mutating func take(_ cut: RecordCut) -> Block {
    let block = block(cut)
    let rest = filled - cut.end
    let next = pool.take(rest)
    next.base.update(from: ahead.base + cut.end, count: rest)
    block.close()
    (ahead, filled, window) = (next, rest, blockSize)
    // A block of blank lines alone is nobody's: numbers have no gaps.
    if cut.records > 0 { place.number += 1 }
    place.offset += cut.end
    place.line += cut.lines
    place.row += cut.records
    return block
  }
}
