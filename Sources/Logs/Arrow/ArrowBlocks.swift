import Support

/// Cuts columns in memory into blocks of rows.
final class ArrowBlocks: LogBlocks {
  private let table: ArrowTable
  private let blockRows: Int
  private(set) var place: BlockPlace

  /// How many bytes of text a row is taken for, of a block's size.
  private static let rowSize = 256

  /// - Parameter place: where to begin: the source's start, or the place of a block.
  init(_ table: ArrowTable, from place: BlockPlace, blockSize: Int) {
    (self.table, self.place) = (table, place)
    blockRows = max(blockSize / Self.rowSize, 1)
  }

  /// Nothing is stored: rows stand for bytes.
  var stored: Int { place.offset }

  func next() throws -> (any LogBlock)? {
    let count = min(blockRows, table.rows - place.offset)
    guard count > 0 else { return nil }
    let start = place
    place.number += 1
    place.offset += count
    place.line += count
    place.row += count
    return ArrowBlock(place: start, rows: count, table: table)
  }
}

/// Some rows of columns in memory.
struct ArrowBlock: LogBlock {
  let place: BlockPlace
  let rows: Int
  let table: ArrowTable
  var bytes: Int { rows }

  func read(
    stopsAtFirst: Bool, _ take: (RecordBatch, inout BlockReport) throws -> Void
  ) throws -> BlockReport {
    let batch = RecordBatch(borrowing: max(table.reads.count, 1))
    let readers = table.reads.map {
      ArrowColumnReader($0.column, $0.form, from: place.offset, capacity: batch.capacity)
    }
    var report = BlockReport()
    var done = 0
    var columns: [RecordBatch.Column] = []
    while done < rows {
      let count = readers.reduce(min(rows - done, batch.capacity)) { min($0, $1.available()) }
      columns.removeAll(keepingCapacity: true)
      for reader in readers {
        do throws(ArrowProblem) {
          columns.append(try reader.read(count))
        } catch {
          throw error.error(of: table.name, column: reader.column.name)
        }
      }
      batch.borrow(
        table.arranged(columns), from: place.row + done, line: place.offset + done + 1, count: count
      )
      if try report.add({ try take(batch, &$0) }), stopsAtFirst { break }
      done += count
    }
    return report
  }

  func error(
    at column: Int, of record: RecordBatch.Record, found: String, expected: String, remedy: String
  ) -> UserError {
    UserError(
      "\(table.name), row \(record.line)", found: found, expected: expected, remedy: remedy)
  }

  /// A row has no text that could be kept: it is written as a line of JSON.
  func bytes(of record: RecordBatch.Record, in batch: RecordBatch) -> [UInt8] {
    batch.jsonLine(record.start, table.readColumns)
  }
}
