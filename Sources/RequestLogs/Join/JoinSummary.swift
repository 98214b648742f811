/// What became of the lines of a log that was joined.
package struct JoinSummary: Sendable, Codable, Hashable {
  /// The time of the first request that was wanted, and of the first that was not any more; nil for no bound.
  package var from: String?
  package var until = ""

  /// Requests that were scored, shadows among them.
  package var requests = 0
  /// Those whose rows were written.
  package var joined = 0
  /// Those that were not: before `from`, from `until` on, scored in the shadow, asked again later, of models that were
  /// not wanted, or with ids in place of values.
  package var before = 0
  package var open = 0
  package var shadow = 0
  package var repeated = 0
  package var otherModels = 0
  package var withoutValues = 0

  /// Rows that were written, and what happened to them by event.
  package var rows = 0
  package var happened: [String: Int] = [:]
  /// Rows of which nothing was said: written with nothing having happened, or left out.
  package var silentRows = 0

  /// Feedback, and how much of it found its row.
  package var feedback = 0
  package var matched = 0
  /// That which did not: too late, on requests that are not in the log, on rows that a request does not have, and of
  /// events that were not wanted.
  package var late = 0
  package var unmatched = 0
  package var noSuchRow = 0
  package var otherEvents = 0
  /// Feedback that was said before of the same row and event.
  package var doubled = 0

  /// Lines that were not written to their end, at the ends of files.
  package var torn = 0

  package init() {}
}
