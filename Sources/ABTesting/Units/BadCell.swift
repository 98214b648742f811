import Logs
import Support

/// What is wrong with a cell of a row.
struct BadCell: Error {
  let column: Int
  let expected: String
  var remedy = "correct or delete the row"

  /// The row as one that could not be read.
  ///
  /// - Parameter names: those of the log's columns.
  func rejected(
    _ row: Int, of batch: RecordBatch, in block: any LogBlock, columns names: [String]
  ) -> RejectedRow {
    let found = String(decoding: batch.column(column).last(of: row), as: UTF8.self)
    let place = batch.records[row]
    return block.rejected(
      place, of: batch,
      block.error(
        at: column, of: place, found: "\(quoted(found)) in column \(quoted(names[column]))",
        expected: expected, remedy: remedy))
  }
}
