import Support

/// Tells whoever sent records where those are that cannot be read.
package protocol RecordPlaces: Sendable {
  /// An error at a column of a record.
  func error(
    at column: Int, of record: RecordBatch.Record, found: String, expected: String, remedy: String
  ) -> UserError
  /// A record of a batch as it is written, with its line end; where it has no text, as a line of JSON.
  func bytes(of record: RecordBatch.Record, in batch: RecordBatch) -> [UInt8]
}

extension RecordPlaces {
  /// A record of a batch as a row that could not be read.
  package func rejected(
    _ record: RecordBatch.Record, of batch: RecordBatch, _ error: UserError
  ) -> RejectedRow {
    RejectedRow(number: record.number, error: error, bytes: bytes(of: record, in: batch))
  }
}

/// Some records of a log, which any thread can read.
package protocol LogBlock: RecordPlaces {
  /// Where it begins.
  var place: BlockPlace { get }
  /// The number of rows, good and bad.
  var rows: Int { get }
  /// The number of bytes of text, or as they are stored where there is no text.
  var bytes: Int { get }

  /// Makes batches of the records, in order.
  ///
  /// - Parameters:
  ///   - stopsAtFirst: whether nothing is read behind the batch with the first row that cannot be read.
  ///   - take: called with each batch, which is filled anew afterwards, and with the rows that the
  ///     format could not read; it may add further ones, in any order.
  /// - Throws: ``UserError`` for damage that leaves no rows to be read, and what `take` throws.
  func read(
    stopsAtFirst: Bool, _ take: (RecordBatch, inout BlockReport) throws -> Void
  ) throws -> BlockReport
}

/// The columns of an open log.
package protocol NamedColumns: Sendable {
  /// The names of the batches' columns.
  var columns: [String] { get }
  /// The column of the label where the format says which that is.
  var label: Int? { get }
}

extension NamedColumns {
  package var label: Int? { nil }
}

/// Cuts an open log into blocks, one after the other.
protocol LogBlocks: AnyObject {
  /// The place of the next block.
  var place: BlockPlace { get }
  /// How many stored bytes were read.
  var stored: Int { get }
  /// The next block, nil at the end.
  func next() throws -> (any LogBlock)?
}
