import Support

/// Keeps rows that could not be read: their bytes in one file, why in another one beside it.
///
/// The first holds the records as they were, one after the other; nothing else, so that it can be
/// corrected and read again. The second is a table with tabs: file, line, column, the record's place
/// and length in the first file, and the reason.
package protocol Quarantine: AnyObject {
  /// Appends a row; one at a log's end that has no line end gets one.
  func add(_ row: RejectedRow) throws
  /// Ends it: all rows have been added.
  func commit() throws
}

/// What the files of a quarantine hold.
enum QuarantineText {
  /// The first line of the reasons.
  static let header = "file\tline\tcolumn\toffset\tbytes\treason\n"

  /// Where the reasons are for a file of rows.
  static func reasons(of path: String) -> String { path + ".reasons.tsv" }

  /// A row as the first file holds it.
  static func record(_ row: RejectedRow) -> [UInt8] {
    row.bytes.last == UInt8(ascii: "\n") ? row.bytes : row.bytes + [UInt8(ascii: "\n")]
  }

  /// The line of a row in the second file.
  /// - Parameter offset: where the row begins in the first file.
  static func reason(_ row: RejectedRow, at offset: Int) -> String {
    let error = row.error
    func text(_ number: Int?) -> String { number.map { "\($0)" } ?? "" }
    return "\(error.file)\t\(text(error.line))\t\(text(error.column))\t\(offset)\t"
      + "\(row.bytes.count)\tfound \(error.found), expected \(error.expected)\n"
  }
}

/// A quarantine whose files are there when all rows have been added, whole, or not at all.
final class QuarantineFiles: Quarantine {
  private let rows: AtomicFile
  private let reasons: AtomicFile
  private var offset = 0
  private var isOpen = true

  /// - Throws: ``UserError`` if a file cannot be made.
  init(path: String) throws {
    rows = try AtomicFile(path: path)
    do {
      reasons = try AtomicFile(path: QuarantineText.reasons(of: path))
    } catch {
      rows.discard()
      throw error
    }
    try reasons.append(QuarantineText.header)
  }

  deinit {
    guard isOpen else { return }
    rows.discard()
    reasons.discard()
  }

  func add(_ row: RejectedRow) throws {
    let record = QuarantineText.record(row)
    try record.withUnsafeBytes { try rows.append($0) }
    try reasons.append(QuarantineText.reason(row, at: offset))
    offset += record.count
  }

  func commit() throws {
    isOpen = false
    try rows.commit()
    try reasons.commit()
  }
}
