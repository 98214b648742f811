import Logs

/// Walks logs block by block, each with the columns that a schema reads of it.
package struct RowReader: ~Copyable {
  /// The columns of the source that is open.
  private final class Opened { var columns: SchemaColumns? }

  private var blocks: BlockReader
  private let opened = Opened()

  /// - Parameters:
  ///   - sources: the logs, read one after the other.
  ///   - schema: completed; says what the columns mean.
  ///   - labels: whether rows must have labels.
  ///   - kept: columns whose texts are wanted beside what the schema reads.
  ///   - place: where to begin: the place of a block of the same sources, read with the same size.
  package init(
    _ sources: [LogSource], schema: Schema, labels: LabelPolicy, keeping kept: [String] = [],
    from place: BlockPlace = BlockPlace(), blockSize: Int = BlockReader.blockSize
  ) {
    blocks = BlockReader(
      sources, schema.format ?? .csv, ColumnRequest(schema, labels, keeping: kept), from: place,
      blockSize: blockSize
    ) { [opened] parser, source in
      opened.columns = try SchemaColumns(
        parser, of: source.name, schema, labels, keeping: kept)
    }
  }

  /// How many bytes were read of the sources as they are stored.
  package var stored: Int { blocks.stored }

  /// The next block, nil at the end.
  ///
  /// - Throws: ``UserError`` for a source that cannot be read or is damaged, that has no rows, whose
  ///   header lacks a column or names one twice, and for a line that is too long.
  package mutating func next() throws -> RowBlock? {
    try blocks.next().map { RowBlock(block: $0, columns: opened.columns!) }
  }
}

/// A block of a log with the columns that are read of it.
package struct RowBlock: Sendable {
  package let block: any LogBlock
  let columns: SchemaColumns

  /// Where it begins.
  package var place: BlockPlace { block.place }
  /// The number of rows, good and bad.
  package var rows: Int { block.rows }
  /// The number of bytes of text.
  package var bytes: Int { block.bytes }

  /// Makes batches of the rows, in order, on whichever thread calls it.
  ///
  /// - Parameters:
  ///   - stopsAtFirst: whether nothing is read behind the batch with the first bad row.
  ///   - take: called with each batch; all of its rows are sound, and it is filled anew afterwards.
  /// - Throws: ``UserError`` for damage that leaves no rows to be read, and what `take` throws.
  /// - Returns: sound and rejected rows are ``rows`` together, unless it stopped.
  package func read(
    stopsAtFirst: Bool, _ take: (RowBatch) throws -> Void
  ) throws -> BlockReport {
    var batch: RowBatch?
    return try block.read(stopsAtFirst: stopsAtFirst) { records, report in
      let rows = batch ?? RowBatch(columns, records)
      batch = rows
      rows.load(of: block, &report)
      if rows.count > 0 { try take(rows) }
    }
  }
}
