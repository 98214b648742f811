import Support

/// The quarantine of work that may be interrupted: two files that grow in the folder of the work, and
/// are copied to their place when it is done.
///
/// Taken up again, both are cut back to what they held at the place from which the work goes on: no
/// row is lost, and none is there twice.
package final class StagedQuarantine: Quarantine {
  /// What the files held at a place of the work.
  package struct State: Codable, Sendable, Hashable {
    var rows = AppendFile.State()
    var reasons = AppendFile.State()
  }

  /// The names of the files.
  package static let names = ["rejected.rows", "rejected.reasons"]

  private let paths: [String]
  private let rows: AppendFile
  private let reasons: AppendFile

  /// - Parameters:
  ///   - folder: that of the work.
  ///   - state: what earlier work has kept; nil for nothing.
  /// - Throws: ``UserError`` where the files cannot be written, or no longer hold what they held.
  package init(in folder: String, from state: State?) throws {
    paths = Self.names.map { folder + "/" + $0 }
    rows = try AppendFile(paths[0], from: state?.rows ?? AppendFile.State())
    reasons = try AppendFile(paths[1], from: state?.reasons ?? AppendFile.State())
    if reasons.state.bytes == 0 { try reasons.append(QuarantineText.header) }
  }

  /// What the files hold now.
  package var state: State { State(rows: rows.state, reasons: reasons.state) }

  package func add(_ row: RejectedRow) throws {
    let offset = rows.state.bytes
    try QuarantineText.record(row).withUnsafeBytes { try rows.append($0) }
    try reasons.append(QuarantineText.reason(row, at: offset))
  }

  package func commit() throws {}

  /// Copies the files to their place, each whole or not at all.
  /// - Throws: ``UserError`` with the system's reason.
  package func deliver(to path: String) throws {
    for (from, to) in zip(paths, [path, QuarantineText.reasons(of: path)]) {
      try AtomicFile.write(to: to) { file in
        try MappedFile(from, expected: "the quarantine of this run").withBytes(file.append)
      }
    }
  }
}
