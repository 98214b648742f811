import Support

/// Some rows of a row group: the pages that hold them.
struct ParquetBlock: LogBlock {
  let place: BlockPlace
  let rows: Int
  let bytes: Int
  let table: ParquetTable
  let group: Int
  /// The first row, in the file.
  let firstRow: Int
  let slices: [ColumnPages.Slice]

  func read(
    stopsAtFirst: Bool, _ take: (RecordBatch, inout BlockReport) throws -> Void
  ) throws -> BlockReport {
    let batch = RecordBatch(borrowing: max(table.reads.count, 1))
    let readers = try zip(table.reads, slices).map { read, slice in
      try placing(self.name(of: slice.column)) {
        try ParquetColumnReader(slice, read.form, capacity: batch.capacity)
      }
    }
    var report = BlockReport()
    var done = 0
    var columns: [RecordBatch.Column] = []
    while done < rows {
      var count = min(rows - done, batch.capacity)
      for reader in readers {
        count = try min(count, placing(name(of: reader.column)) { try reader.available() })
      }
      columns.removeAll(keepingCapacity: true)
      for reader in readers {
        columns.append(try placing(name(of: reader.column)) { try reader.read(count) })
      }
      batch.borrow(
        table.arranged(columns), from: place.row + done, line: firstRow + done + 1, count: count)
      if try report.add({ try take(batch, &$0) }), stopsAtFirst { break }
      done += count
    }
    return report
  }

  /// Where a column's values are, for errors.
  private func name(of column: ParquetColumn) -> String {
    "\(table.name), row group \(group), column \(quoted(column.name))"
  }

  func error(
    at column: Int, of record: RecordBatch.Record, found: String, expected: String, remedy: String
  ) -> UserError {
    UserError(
      "\(table.name), row group \(group), row \(record.line)", found: found, expected: expected,
      remedy: remedy)
  }

  /// A row has no text that could be kept: it is written as a line of JSON.
  func bytes(of record: RecordBatch.Record, in batch: RecordBatch) -> [UInt8] {
    batch.jsonLine(record.start, table.readColumns)
  }
}
