import Logs
import Support

/// Makes a training log of the requests that servers logged and of what became of their rows.
///
/// In three passes and bounded memory: the lines' ids are sorted, so that feedback stands behind its request; what is
/// known of each row is sorted by the request's line; then the log is read again, and its rows are written in its
/// order. The same log gives the same bytes.
package struct RequestJoin {
  package struct Options: Sendable {
    /// How long after its request feedback counts, in milliseconds.
    package var window: Int64 = 3_600_000
    /// What may happen to a row, each a column of 0 and 1; the first is the label. At most eight.
    package var events = [Feedback.click]
    /// Whether rows of which nothing was said are left out; otherwise nothing happened to them.
    package var leavesOutSilent = false
    /// The models whose requests are wanted; nil for all.
    package var models: Set<String>?
    /// Only requests from here, and before there, in milliseconds since 1970. `until` is a window before the log's end
    /// where it is nil, so that all that counts has come.
    package var from: Int64?
    package var until: Int64?
    /// The most bytes of memory for sorting.
    package var memory = 256 << 20
    package var folder = TemporaryFolder.path

    package init() {}
  }

  let logs: [LogSource]
  let options: Options

  /// - Parameter logs: the files of servers' logs, in the order in which their rows are to be written.
  package init(_ logs: [LogSource], _ options: Options = Options()) {
    precondition(1...8 ~= options.events.count)
    (self.logs, self.options) = (logs, options)
  }

  /// Writes the joined log as JSON lines.
  ///
  /// - Throws: `UserError` for a line that is no line of such a log, a full disk, and a log whose requests are all
  ///   too young.
  package func write(to file: AtomicFile) throws -> JoinSummary {
    var pass = try JoinPass(logs, options)
    let until = options.until ?? pass.end - options.window
    pass.summary.until = LogTime.text(until)
    pass.summary.from = options.from.map(LogTime.text)
    var rows = try pass.match()
    var writer = JoinedRows(options, until: until, file, rows: try rows.next())
    try writer.write(logs, wholeLines: pass.wholeLines, &rows, &pass.summary)
    return pass.summary
  }

  /// The files that arguments name: of a folder those of a server's log, in the order of their names.
  /// - Throws: `UserError` for a folder without any, and a pattern that fits nothing.
  package static func logs(named arguments: [String]) throws -> [LogSource] {
    try arguments.flatMap { argument in
      guard let names = try LogFolder.names(in: argument) else {
        return try LogSource.named([argument])
      }
      return names.map { .file(argument + "/" + $0) }
    }
  }
}
