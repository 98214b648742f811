import Support

/// Tells whoever sent records where those are that cannot be read.
package protocol RecordPlaces: Sendable {
  /// An error at a column of a record.
  func error(
    at column: Int, of record: RecordBatch.Record, found: String, expected: String, remedy: String
  ) -> UserError
  /// A record as a row that could not be read.
  func rejected(_ record: RecordBatch.Record, _ error: UserError) -> RejectedRow
}

/// A block of a log with the format that reads it: one call of ``read(_:)`` on any thread makes batches of
/// its records.
package struct LogBlock: RecordPlaces {
  package let block: Block
  package let parser: any BatchParser

  /// Where it begins.
  package var place: BlockPlace { block.place }
  /// The number of rows, good and bad.
  package var rows: Int { block.records }
  /// The number of bytes of text.
  package var bytes: Int { block.count }

  /// Makes batches of the records, in order.
  ///
  /// - Parameters:
  ///   - stopsAtFirst: whether nothing is read behind the batch with the first row that cannot be read.
  ///   - take: called with each batch, which is filled anew afterwards, and with the rows that the
  ///     format could not read; it may add further ones, in any order.
  package func read(
    stopsAtFirst: Bool, _ take: (RecordBatch, inout BlockReport) throws -> Void
  ) rethrows -> BlockReport {
    var reader = RecordReader(block)
    let batch = parser.makeBatch()
    var report = BlockReport()
    var number = place.row
    var isAtEnd = false
    while !isAtEnd {
      let sorted = report.rejected.count
      isAtEnd = !parser.fill(batch, from: &reader, &number, &report)
      if batch.count > 0 { try take(batch, &report) }
      if report.rejected.count > sorted {
        report.rejected[sorted...].sort { $0.number < $1.number }
        if stopsAtFirst { break }
      }
    }
    return report
  }

  package func error(
    at column: Int, of record: RecordBatch.Record, found: String, expected: String, remedy: String
  ) -> UserError {
    parser.error(
      at: column, of: record, in: block, found: found, expected: expected, remedy: remedy)
  }

  package func rejected(_ record: RecordBatch.Record, _ error: UserError) -> RejectedRow {
    let bytes = UnsafeBufferPointer(
      start: block.bytes + record.start, count: record.end - record.start)
    return RejectedRow(number: record.number, error: error, bytes: Array(bytes))
  }
}
