import Features
import Logs

/// The texts of some columns of rows, which go with their ids to where results are written.
package struct KeptText: Sendable {
  /// How many columns.
  package let columns: Int
  private var bytes: [UInt8] = []
  /// Behind each text, row by row.
  private var ends: [Int] = []

  package init(columns: Int) { self.columns = columns }

  /// The number of rows.
  package var rows: Int { columns == 0 ? 0 : ends.count / columns }

  /// Appends some rows of a batch.
  mutating func append(_ selection: UnsafeBufferPointer<Int32>, of rows: RowBatch) {
    guard columns > 0 else { return }
    for record in selection {
      for column in 0..<columns {
        bytes.append(contentsOf: rows.keptText(of: record, column))
        ends.append(bytes.count)
      }
    }
  }

  /// Appends all rows of another one.
  package mutating func append(_ other: KeptText) {
    let start = bytes.count
    bytes += other.bytes
    ends.append(contentsOf: other.ends.lazy.map { start + $0 })
  }

  /// Calls `body` with a text.
  package func withText<Result>(
    _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let index = row * columns + column
    let start = index == 0 ? 0 : ends[index - 1]
    return try bytes.withUnsafeBytes { try body(.init(rebasing: $0[start..<ends[index]])) }
  }

  /// The first rows, which are taken away.
  package mutating func take(_ rows: Int) -> KeptText {
    guard columns > 0, rows > 0 else { return KeptText(columns: columns) }
    let count = ends[rows * columns - 1]
    var first = KeptText(columns: columns)
    (first.bytes, first.ends) = (Array(bytes[..<count]), Array(ends[..<(rows * columns)]))
    bytes.removeFirst(count)
    ends = ends.dropFirst(rows * columns).map { $0 - count }
    return first
  }

  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }
}
