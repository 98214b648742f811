import Features
import Logs
import Support

/// The rows of logs with named columns as they are read: one JSON object each.
package enum LogLines {
  /// Calls `take` with a line for each of the first rows.
  ///
  /// - Parameters:
  ///   - columns: which ones, in this order; all, in the order of each log, if none is named.
  ///   - limit: how many rows of all logs at most; nil for all.
  /// - Throws: ``UserError`` for a log that cannot be read or has no such columns, and for the first row that cannot
  ///   be read.
  package static func read(
    _ logs: [LogSource], columns: [String], limit: Int?, _ take: ([UInt8]) throws -> Void
  ) throws {
    var left = limit ?? .max
    for log in logs where left > 0 {
      let format = try LogFormat.detected(in: log)
      guard format.hasColumns || format.fixedColumns != nil else {
        throw UserError(
          log.name, found: "format \(format.rawValue)", expected: "a log with named columns",
          remedy: "name a log in another format")
      }
      var request = ColumnRequest()
      request.headerless = format.fixedColumns
      try request.dialect.complete(from: log, format)
      request.columns = columns
      if columns.isEmpty, format.naming == .keys {
        request.columns = try LogSample(log, schema: Schema(format: format), count: 1_000).names
      }
      request.fields = request.columns.map { .init(name: $0, column: $0, isList: true) }
      try read(log, format, request, columns, &left, take)
    }
  }

  private static func read(
    _ log: LogSource, _ format: LogFormat, _ request: ColumnRequest, _ columns: [String],
    _ left: inout Int, _ take: ([UInt8]) throws -> Void
  ) throws {
    let chosen = Chosen()
    var reader = BlockReader([log], format, request) { open, source in
      let names = columns.isEmpty ? open.columns : columns
      let all = ColumnNames(open.columns)
      chosen.names = try names.map { (try all.index(of: $0, in: source.name), $0) }
    }
    do {
      while left > 0, let block = try reader.next() {
        let report = try block.read(stopsAtFirst: true) { batch, _ in
          for record in 0..<min(batch.count, left) {
            try take(batch.jsonLine(record, chosen.names))
          }
          left -= min(batch.count, left)
        }
        if left > 0, let bad = report.rejected.first { throw bad.error }
      }
    } catch let error as UserError where error == .noRows(in: log.name) {
      // No rows are what it has.
    }
  }

  /// The columns of the log that is open.
  private final class Chosen { var names: [(index: Int, name: String)] = [] }
}
