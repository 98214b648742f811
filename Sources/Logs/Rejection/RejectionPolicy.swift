/// What becomes of rows that cannot be read.
package struct RejectionPolicy: Sendable, Hashable {
  /// What is done with a bad row.
  package enum Action: Sendable, Hashable {
    /// The first one ends the run.
    case stop
    /// It is counted and left out.
    case skip
    /// As skipped, and its bytes are kept in a file.
    case quarantine(String)
  }

  /// How many bad rows are too many.
  package enum Limit: Sendable, Hashable {
    /// More rows than this.
    case rows(Int)
    /// A larger share of all rows, from 0 to 1.
    case share(Double)

    /// Reads a count, `100`, or a share, `1%` or `0.01`; nil for anything else.
    package init?(_ text: String) {
      if let rows = Int(text) {
        guard rows >= 0 else { return nil }
        self = .rows(rows)
      } else {
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? String(text.dropLast()) : text) else { return nil }
        let share = isPercent ? number / 100 : number
        guard 0...1 ~= share else { return nil }
        self = .share(share)
      }
    }
  }

  /// What is done with a bad row.
  package var action: Action
  /// How many are too many; nil for as many as there are.
  package var limit: Limit?

  /// The first bad row ends the run.
  package static let stop = RejectionPolicy(.stop)

  /// The same for a pass that is not the one to keep bad rows.
  package var silent: RejectionPolicy {
    action == .stop ? self : RejectionPolicy(.skip, limit: limit)
  }

  /// A policy.
  package init(_ action: Action, limit: Limit? = nil) {
    self.action = action
    self.limit = limit
  }
}
