import CZlib
import Support
import Synchronization

/// A page of a column: packed bytes until someone wants what is in it, and then kept unpacked for all who have
/// rows of it, as long as one of them is at work.
final class ParquetPage: Sendable {
  let header: PageHeader
  /// The first of its row group's rows that begins in it, and how many do.
  let firstRow: Int
  let rows: Int
  /// How many values it holds, those that are missing included.
  var values: Int { header.values }

  private let codec: ParquetCodec
  private let stored: SeekableBytes.Memory
  private let unpacked = Mutex<SeekableBytes.Memory?>(nil)

  init(
    _ header: PageHeader, _ codec: ParquetCodec, _ stored: SeekableBytes.Memory, firstRow: Int,
    rows: Int
  ) {
    (self.header, self.codec, self.stored) = (header, codec, stored)
    (self.firstRow, self.rows) = (firstRow, rows)
  }

  /// The same page with its rows, where they had to be counted first.
  convenience init(_ page: ParquetPage, firstRow: Int, rows: Int) {
    self.init(page.header, page.codec, page.stored, firstRow: firstRow, rows: rows)
    let known = page.unpacked.withLock { $0 }
    unpacked.withLock { $0 = known }
  }

  /// The page's bytes: levels, then values.
  /// - Throws: ``ParquetProblem`` for what is damaged.
  func contents() throws -> SeekableBytes.Memory {
    try unpacked.withLock { memory in
      if let memory { return memory }
      let made = try unpack()
      memory = made
      return made
    }
  }

  private func unpack() throws -> SeekableBytes.Memory {
    try checkSum()
    // The levels of the second version stand before what is packed.
    let levels = header.kind == .second ? header.definitionBytes + header.repetitionBytes : 0
    let isPacked = header.kind != .second || header.isPacked
    if codec == .none || !isPacked {
      guard stored.whole.count == header.size else {
        throw ParquetProblem(
          "a page of \(stored.whole.count) bytes", expected: "\(header.size), as its header says")
      }
      return stored
    }
    guard levels <= min(stored.whole.count, header.size) else {
      throw ParquetProblem("levels of \(levels) bytes", expected: "less than the page has")
    }
    let memory = SeekableBytes.Memory(count: header.size)
    memory.whole.copyMemory(from: UnsafeRawBufferPointer(rebasing: stored.bytes[..<levels]))
    if header.size > levels || stored.whole.count > levels {
      try codec.unpack(
        UnsafeRawBufferPointer(rebasing: stored.bytes[levels...]),
        into: UnsafeMutableRawBufferPointer(rebasing: memory.whole[levels...]))
    }
    return memory
  }

  private func checkSum() throws {
    guard let wanted = header.checksum else { return }
    let found = crc32_z(
      0, stored.bytes.bindMemory(to: UInt8.self).baseAddress, stored.whole.count)
    guard UInt32(truncatingIfNeeded: found) == wanted else {
      throw ParquetProblem(
        "a page whose checksum is another", expected: "the one it was written with")
    }
  }
}

/// Where the parts of a page are.
struct PageParts {
  let memory: SeekableBytes.Memory
  var definition: HybridRuns?
  var repetition: HybridRuns?
  /// The bytes of the values.
  let values: UnsafeRawBufferPointer
  /// Memory of levels that had to be put in order.
  private var kept: [SeekableBytes.Memory] = []

  /// - Throws: ``ParquetProblem``.
  init(_ page: ParquetPage, of column: ParquetColumn) throws {
    memory = try page.contents()
    let (bytes, header) = (memory.bytes, page.header)
    let widths = (
      repetition: Self.width(column.maxRepetition), definition: Self.width(column.maxDefinition)
    )
    var place = 0
    func take(_ count: Int) throws -> UnsafeRawBufferPointer {
      guard 0...(bytes.count - place) ~= count else { throw ParquetProblem.cutShort("a page") }
      defer { place += count }
      return UnsafeRawBufferPointer(rebasing: bytes[place..<place + count])
    }
    if header.kind == .second {
      let (repetition, definition) = (
        try take(header.repetitionBytes), try take(header.definitionBytes)
      )
      if widths.repetition > 0 {
        self.repetition = try HybridRuns(repetition, width: widths.repetition)
      }
      if widths.definition > 0 {
        self.definition = try HybridRuns(definition, width: widths.definition)
      }
    } else {
      var kept: [SeekableBytes.Memory] = []
      func levels(_ width: Int, _ encoding: PageHeader.LevelEncoding) throws -> HybridRuns? {
        guard width > 0 else { return nil }
        if encoding == .packed {
          guard header.values <= bytes.count * 8 else { throw ParquetProblem.cutShort("levels") }
          let (memory, runs) = try HybridRuns.reversed(
            take((header.values * width + 7) / 8), count: header.values, width: width)
          kept.append(memory)
          return runs
        }
        let size = try take(4).loadUnaligned(as: UInt32.self)
        return try HybridRuns(take(Int(UInt32(littleEndian: size))), width: width)
      }
      repetition = try levels(widths.repetition, header.repetitionEncoding)
      definition = try levels(widths.definition, header.definitionEncoding)
      self.kept = kept
    }
    values = UnsafeRawBufferPointer(rebasing: bytes[place...])
  }

  /// The bits of a level up to a largest one.
  private static func width(_ most: Int) -> Int { Int.bitWidth - most.leadingZeroBitCount }
}
