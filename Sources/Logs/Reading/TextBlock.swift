import Support

/// A block of text with the format that reads it: one call of ``read(stopsAtFirst:_:)`` on any thread makes batches
/// of its records.
struct TextBlock: LogBlock {
  let block: Block
  let parser: any BatchParser

  var place: BlockPlace { block.place }
  var rows: Int { block.records }
  var bytes: Int { block.count }

  func read(
    stopsAtFirst: Bool, _ take: (RecordBatch, inout BlockReport) throws -> Void
  ) throws -> BlockReport {
    var reader = RecordReader(block)
    let batch = parser.makeBatch()
    var report = BlockReport()
    var number = place.row
    var isAtEnd = false
    while !isAtEnd {
      let hasRejected = try report.add { report in
        isAtEnd = !parser.fill(batch, from: &reader, &number, &report)
        if batch.count > 0 { try take(batch, &report) }
      }
      if hasRejected, stopsAtFirst { break }
    }
    return report
  }

  func error(
    at column: Int, of record: RecordBatch.Record, found: String, expected: String, remedy: String
  ) -> UserError {
    parser.error(
      at: column, of: record, in: block, found: found, expected: expected, remedy: remedy)
  }

  func bytes(of record: RecordBatch.Record, in batch: RecordBatch) -> [UInt8] {
    Array(
      UnsafeBufferPointer(start: block.bytes + record.start, count: record.end - record.start))
  }
}

/// Cuts text into blocks.
final class TextBlocks: LogBlocks {
  private var blocks: SourceBlocks
  private let parser: any BatchParser

  /// - Parameters:
  ///   - log: what is to be read, by `parser`.
  ///   - place: where to begin: the log's start, or the place of a block.
  init(_ blocks: consuming SourceBlocks, _ parser: any BatchParser) {
    self.blocks = blocks
    self.parser = parser
  }

  var place: BlockPlace { blocks.place }
  var stored: Int { blocks.stored }

  func next() throws -> (any LogBlock)? {
    while let block = try blocks.next() {
      // One of blank lines alone is nobody's.
      if block.records > 0 { return TextBlock(block: block, parser: parser) }
    }
    return nil
  }
}
