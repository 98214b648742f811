import Support

/// Cuts a Parquet file into blocks: some rows of a row group each, so that threads share row groups, and a block
/// has no more pages at hand than hold its rows.
final class ParquetBlocks: LogBlocks {
  private let table: ParquetTable
  /// The rows of a block at most.
  private let blockRows: Int
  private(set) var place: BlockPlace
  private var group = 0
  /// The next row of the row group, and its number in the file.
  private var row = 0
  private var fileRow = 0
  private var pages: [ColumnPages] = []

  /// How many bytes of text a row is taken for, of a block's size.
  private static let rowSize = 256

  /// - Parameter place: where to begin: the source's start, or the place of a block.
  /// - Throws: ``UserError`` for a place that the file does not have.
  init(_ table: ParquetTable, from place: BlockPlace, blockSize: Int) throws {
    self.table = table
    self.place = place
    blockRows = max(blockSize / Self.rowSize, 1)
    let groups = table.file.metadata.rowGroups
    while group < groups.count, fileRow + groups[group].rows <= place.offset {
      fileRow += groups[group].rows
      group += 1
    }
    row = place.offset - fileRow
    fileRow = place.offset
  }

  /// About as many bytes as the rows so far are of the file.
  var stored: Int {
    let rows = table.file.rows
    return rows == 0 ? 0 : Int(Double(table.file.bytes.count) * Double(fileRow) / Double(rows))
  }

  func next() throws -> (any LogBlock)? {
    let groups = table.file.metadata.rowGroups
    while group < groups.count, row == groups[group].rows { (group, row) = (group + 1, 0) }
    guard group < groups.count else { return nil }
    if pages.isEmpty || row == 0 {
      pages = try table.reads.map { read in
        try placing(name(of: read.column)) {
          try ColumnPages(table.file.bytes, read.column, groups[group])
        }
      }
    }
    let count = min(blockRows, groups[group].rows - row)
    let slices = try pages.map { pages in
      try placing(name(of: pages.column)) { try pages.slice(row..<row + count) }
    }
    let before = stored
    let first = fileRow
    let start = place
    (row, fileRow) = (row + count, fileRow + count)
    place.number += 1
    place.offset += count
    place.line += count
    place.row += count
    return ParquetBlock(
      place: start, rows: count, bytes: stored - before, table: table, group: group,
      firstRow: first, slices: slices)
  }

  private func name(of column: ParquetColumn) -> String {
    "\(table.name), row group \(group), column \(quoted(column.name))"
  }
}
