import Datasets
import Features
import Foundation
import Logs
import Support

/// A log in days: files, or the periods of its time.
package struct DayLogs: Sendable {
  /// The rows of one day, or of another period.
  package struct Day: Sendable {
    /// The file's name, or the period's start.
    package let name: String
    let logs: [LogSource]
    /// The time of its rows in seconds since 1970; nil where it has logs of its own.
    let within: Range<Int64>?
    /// How much there is of it: rows of a period, bytes of a file.
    let extent: String
  }

  /// What the columns mean, without gaps.
  package let schema: Schema
  /// The days in their order, those without rows left out.
  package let days: [Day]
  /// What was assumed of the columns.
  package let notes: [String]

  /// How a log becomes days.
  package enum Rule: Sendable, Hashable {
    /// Each file is a day, in their order.
    case files
    /// By the schema's time, in periods of so many seconds, which begin at multiples of it since 1970 (UTC).
    case time(seconds: Int64)
  }

  /// - Parameters:
  ///   - logs: in the order of their days, where each is one.
  ///   - schema: what the columns mean; gaps are filled by looking at the logs.
  ///   - policy: what becomes of rows that are not as the schema says.
  /// - Throws: `UserError` for logs that cannot be read, and for a schema without a time where one is needed.
  package init(
    _ logs: [LogSource], schema: Schema, by rule: Rule, _ policy: RejectionPolicy = .stop
  ) throws {
    var schema = schema
    schema.split = nil
    (self.schema, notes) = try schema.completed(from: logs)
    switch rule {
    case .files:
      days = logs.map {
        Day(
          name: ($0.name as NSString).lastPathComponent, logs: [$0], within: nil,
          extent: $0.size.map { "\($0) bytes" } ?? "a stream")
      }
    case .time(let seconds):
      guard self.schema.time != nil else {
        throw UserError(
          "schema", found: "no time", expected: "the column that says on which day a row was",
          remedy: "name it with --time, or give each day as a file of its own")
      }
      var encoding = LogEncoding(logs.map { ($0, .train) })
      let periods = try encoding.count(self.schema, byPeriodsOf: seconds, policy)
      days = periods.keys.sorted().map { period in
        let start = period * seconds
        return Day(
          name: Self.name(ofTime: start, wholeDays: seconds % 86_400 == 0), logs: logs,
          within: start..<start + seconds, extent: "\(periods[period] ?? 0) rows")
      }
    }
  }

  private static func name(ofTime seconds: Int64, wholeDays: Bool) -> String {
    let text = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    return wholeDays ? String(text.prefix(10)) : text
  }

  /// The logs of some days, and of what time their rows are.
  func logs(of range: Range<Int>) -> (logs: [LogSource], within: Range<Int64>?) {
    let chosen = days[range]
    guard let first = chosen.first?.within, let last = chosen.last?.within else {
      return (chosen.flatMap(\.logs), nil)
    }
    return (chosen[range.lowerBound].logs, first.lowerBound..<last.upperBound)
  }
}
