/// How the text of a log is cut into records and cells.
struct Dialect: Sendable {
  /// What stands between two cells.
  enum Cells: Sendable {
    /// One byte.
    case delimited(UInt8)
    /// Runs of blanks.
    case blanks
    /// The grammar of JSON: a line is an object.
    case json(JSONColumns)
  }

  let cells: Cells
  /// Whether a cell may stand in double quotes (RFC 4180), with line breaks and `""` inside.
  let quotes: Bool

  /// Whether cells are cut at runs of blanks.
  var isBlanks: Bool { if case .blanks = cells { true } else { false } }

  /// The byte between two cells, where there is one.
  var delimiter: UInt8? { if case .delimited(let byte) = cells { byte } else { nil } }

  static let csv = Dialect(cells: .delimited(UInt8(ascii: ",")), quotes: true)
  static let tsv = Dialect(cells: .delimited(UInt8(ascii: "\t")), quotes: true)
  static let rawTSV = Dialect(cells: .delimited(UInt8(ascii: "\t")), quotes: false)
  static let blanks = Dialect(cells: .blanks, quotes: false)

  /// Objects of which some columns are read.
  static func json(_ columns: JSONColumns) -> Dialect {
    Dialect(cells: .json(columns), quotes: false)
  }

  /// Whether a record without its line end is a blank line, which is no record.
  @inline(__always)
  func isBlank(_ bytes: UnsafePointer<UInt8>, _ range: Range<Int>) -> Bool {
    var place = range.lowerBound
    switch cells {
    case .delimited:
      return range.isEmpty || (range.count == 1 && bytes[place] == UInt8(ascii: "\r"))
    case .blanks, .json:
      while place < range.upperBound {
        if !Self.isBlank(bytes[place]) { return false }
        place += 1
      }
      return true
    }
  }

  /// Blank, tab or carriage return.
  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}
