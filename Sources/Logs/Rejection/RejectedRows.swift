import Support

/// Counts the rows that cannot be read, and does with them what a policy says.
///
/// It is told of blocks in the order of the log; so counts, places, and the row at which a run ends,
/// depend on neither threads nor time. Rows delivered and rejected are together the rows of the log.
package final class RejectedRows {
  /// What becomes of a row that cannot be read.
  package let policy: RejectionPolicy
  /// The rows that were delivered.
  package private(set) var delivered = 0
  /// The number of rejected rows.
  package private(set) var count = 0
  /// What was wrong with the first ones.
  package private(set) var errors: [UserError] = []
  private let quarantine: (any Quarantine)?

  /// How many errors are kept.
  private static let shown = 10
  /// A share of fewer rows than these says nothing before the end.
  private static let fewest = 10_000

  /// What became of the rows up to some place of a log.
  package struct State: Codable, Sendable {
    package var delivered = 0
    package var count = 0
    package var errors: [UserError] = []

    package init() {}

    fileprivate init(_ delivered: Int, _ count: Int, _ errors: [UserError]) {
      (self.delivered, self.count, self.errors) = (delivered, count, errors)
    }
  }

  /// Counts anew.
  /// - Throws: ``UserError`` if the quarantine cannot be written.
  package init(_ policy: RejectionPolicy) throws {
    self.policy = policy
    if case .quarantine(let path) = policy.action {
      quarantine = try QuarantineFiles(path: path)
    } else {
      quarantine = nil
    }
  }

  /// Goes on counting where interrupted work was.
  ///
  /// - Parameters:
  ///   - state: what had become of the rows before.
  ///   - quarantine: keeps the rows from here on; nil for none.
  /// - Throws: ``UserError`` where the policy would not have let the work come so far.
  package init(_ policy: RejectionPolicy, after state: State, into quarantine: (any Quarantine)?)
    throws
  {
    self.policy = policy
    self.quarantine = quarantine
    (delivered, count, errors) = (state.delivered, state.count, state.errors)
    guard let last = errors.last else { return }
    if stopsAtFirst { throw errors[0] }
    if case .rows(let most) = policy.limit, count > most { throw tooMany(last, "\(most)") }
  }

  /// What has become of the rows so far.
  package var state: State { State(delivered, count, errors) }

  /// Whether a block is to be read no further than its first bad row.
  package var stopsAtFirst: Bool { policy.action == .stop }

  /// Takes in what came of the next block.
  /// - Throws: the error of the row that is not to be passed over, or what kept the quarantine from
  ///   being written.
  package func add(_ report: BlockReport) throws {
    delivered += report.rows
    for row in report.rejected {
      if stopsAtFirst { throw row.error }
      count += 1
      if errors.count < Self.shown { errors.append(row.error) }
      try quarantine?.add(row)
      if case .rows(let most) = policy.limit, count > most { throw tooMany(row.error, "\(most)") }
    }
    if delivered + count >= Self.fewest { try checkShare() }
  }

  /// Ends the last pass: the quarantine gets its name.
  /// - Throws: ``UserError`` for a larger share than allowed, or none that can be read.
  package func finish() throws {
    try checkShare()
    if delivered == 0, let first = errors.first {
      throw UserError(
        first.file, found: "no row that can be read, of \(count)", expected: "a log with rows",
        remedy: "first: \(first)")
    }
    try quarantine?.commit()
  }

  private func checkShare() throws {
    guard case .share(let most) = policy.limit, let first = errors.first,
      Double(count) > most * Double(count + delivered)
    else { return }
    throw tooMany(first, "\(percent(most)) %")
  }

  private func tooMany(_ error: UserError, _ most: String) -> UserError {
    UserError(
      error.file, line: error.line, column: error.column,
      found: "\(count) bad rows of \(count + delivered), the first \(errors[0])",
      expected: "at most \(most)", remedy: "correct the log, or allow more with --max-errors")
  }

  /// What became of the rows, for a person to read; nil where all could be read.
  package var summary: String? {
    guard count > 0 else { return nil }
    var text = "rejected \(count) of \(count + delivered) rows"
    if case .quarantine(let path) = policy.action {
      text += "; they are in \(path), the reasons in \(QuarantineText.reasons(of: path))"
    }
    for error in errors { text += "\n  \(error)" }
    return count > errors.count ? text + "\n  … and \(count - errors.count) more" : text
  }
}

/// A share as a percentage, as short as it can be said.
private func percent(_ share: Double) -> String {
  let text = "\((share * 1e6).rounded() / 1e4)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
