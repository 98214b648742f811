/// The values of a request as they were sent: text, numbers as they are written; a column's bytes side by side,
/// since a request may have thousands of them.
package struct RawValues: Sendable {
  /// An input, with a text a row, or one for all rows.
  package struct Column: Sendable {
    package let name: String
    /// How many texts there are: as many as rows, or one.
    package var count: Int { ends.count }
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []

    package init(name: String) { self.name = name }

    /// Adds a text: "" for a missing value; of a list each value behind NUL.
    package mutating func append(_ text: UnsafeRawBufferPointer) {
      bytes.append(contentsOf: text)
      ends.append(UInt32(bytes.count))
    }

    package mutating func append(_ text: String) {
      bytes.append(contentsOf: text.utf8)
      ends.append(UInt32(bytes.count))
    }

    /// The bytes of a text.
    package subscript(index: Int) -> ArraySlice<UInt8> {
      bytes[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
    }

    var size: Int { bytes.count + 4 * ends.count }
  }

  package let rows: Int
  package let columns: [Column]

  package init(rows: Int, columns: [Column]) { (self.rows, self.columns) = (rows, columns) }

  /// The value of a column in a row.
  package func text(_ row: Int, _ column: Int) -> String {
    String(decoding: columns[column][columns[column].count == 1 ? 0 : row], as: UTF8.self)
  }

  /// About how many bytes it takes.
  var size: Int { columns.reduce(0) { $0 + $1.size + 64 } }
}
