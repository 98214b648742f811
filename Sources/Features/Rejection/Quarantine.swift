/// Keeps rows that could not be read: their bytes in one file, why in another one beside it.
///
/// The first holds the records as they were, one after the other; nothing else, so that it can be
/// corrected and read again. The second is a table with tabs: file, line, column, the record's place
/// and length in the first file, and the reason.
final class Quarantine {
  private let rows: AtomicFile
  private let reasons: AtomicFile
  private var offset = 0
  private var isOpen = true

  /// Where the reasons are for a file of rows.
  static func reasons(of path: String) -> String { path + ".reasons.tsv" }

  /// - Throws: ``InputError`` if a file cannot be made.
  init(path: String) throws {
    rows = try AtomicFile(path: path)
    reasons = try AtomicFile(path: Self.reasons(of: path))
    try reasons.append("file\tline\tcolumn\toffset\tbytes\treason\n")
  }

  deinit {
    guard isOpen else { return }
    rows.discard()
    reasons.discard()
  }

  /// Appends a row; one at a log's end that has no line end gets one.
  func add(_ row: RejectedRow) throws {
    try row.bytes.withUnsafeBytes { try rows.append($0) }
    let error = row.error
    func text(_ number: Int?) -> String { number.map { "\($0)" } ?? "" }
    try reasons.append(
      "\(error.file)\t\(text(error.line))\t\(text(error.column))\t\(offset)\t\(row.bytes.count)\t"
        + "found \(error.found), expected \(error.expected)\n")
    offset += row.bytes.count
    if row.bytes.last != UInt8(ascii: "\n") {
      try rows.append("\n")
      offset += 1
    }
  }

  /// Gives the files their names.
  func commit() throws {
    isOpen = false
    try rows.commit()
    try reasons.commit()
  }
}
