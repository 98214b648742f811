import Logs
import Support

/// A first schema of a log, with the reasons for what it says.
package struct SchemaDraft: Sendable {
  /// The schema.
  package internal(set) var schema: Schema
  /// Where it comes from.
  package let source: String
  /// What was looked at, in a few words.
  package let seen: String
  /// The reasons for the keys of the schema.
  var reasons: [Schema.CodingKeys: String] = [:]
  /// The reasons for the fields, in their order.
  var fieldReasons: [String] = []
  /// JSON: the keys that no field can be made of.
  var nested: [String] = []

  /// Columns that nearly know the label, each in one line with what to do.
  public internal(set) var warnings: [String] = []

  /// How many rows are looked at unless told otherwise.
  package static let rows = 20_000
  /// How many logs of several are looked at: the first, the last, and others as far apart.
  private static let logs = 16

  /// Looks at the first rows of a log.
  ///
  /// - Throws: ``UserError`` if it cannot be read, or no column can be the label.
  package init(of source: LogSource, rows: Int = rows) throws {
    try self.init(of: [source], rows: rows)
  }

  /// Looks at the first rows of logs, as many of each, or of 16 of them if there are more. How they are written is told
  /// from the first one.
  ///
  /// - Parameters:
  ///   - sources: the logs, one at least.
  ///   - rows: how many rows at most, of all logs together.
  /// - Throws: ``UserError`` if one cannot be read, or no column can be the label.
  package init(of sources: [LogSource], rows: Int = rows) throws {
    let (source, last) = (sources[0], sources.count - 1)
    let looked =
      last < Self.logs
      ? sources : (0..<Self.logs).map { sources[$0 * last / (Self.logs - 1)] }
    let format = try LogFormat.detected(in: source)
    if format == .criteo || !format.hasColumns {
      let (schema, notes) = try Schema(format: format).completed(from: [source])
      self.schema = schema
      self.source = source.name
      seen = format == .criteo ? "its format is known" : notes.joined(separator: "; ")
      reasons[.format] = "told from the log"
      if format == .criteo { try describeCriteo(source, rows) }
      return
    }
    self.source = source.name
    var schema = Schema(format: format)
    var notes: [String] = []
    try schema.completeDialect(from: source, &notes)
    var sample = try LogSample(looked, schema: schema, count: rows)
    if format.naming == .header, sample.namesLookLikeValues {
      schema.header = false
      sample = try LogSample(looked, schema: schema, count: rows)
    }
    guard !sample.rows.isEmpty else {
      throw sample.firstError ?? UserError.noRows(in: source.name)
    }
    // No YAML can say it: whoever reads text takes it for a mark and drops it.
    if let marked = sample.names.first(where: { $0.hasPrefix("\u{FEFF}") }) {
      throw UserError(
        source.name, line: 1, found: "a byte order mark in column \(quoted(marked))",
        expected: "one in front of the log at most", remedy: "delete it from the header")
    }
    schema.completeNumbers(from: sample, &notes)
    let part = looked.count < sources.count ? "\(looked.count) of " : ""
    seen =
      "\(sample.isWhole ? "all" : "the first") \(sample.rows.count) rows "
      + (sources.count > 1 ? "of \(part)\(sources.count) files " : "") + "were looked at"
    nested = sample.nested
    self.schema = schema
    let numbers = NumberText(schema)
    let profiles = sample.names.indices.map { column in
      ColumnProfile(sample.names[column], sample.rows.lazy.map { $0[column] }, numbers)
    }
    for key in [Schema.CodingKeys.delimiter, .quotes, .decimal, .thousands] {
      reasons[key] = "told from the first lines"
    }
    if schema.header == false { reasons[.header] = "the first line holds values" }
    try decide(profiles, of: sample)
  }

  /// Criteo's ready schema, with the shares of missing values seen.
  private mutating func describeCriteo(_ source: LogSource, _ rows: Int) throws {
    let sample = try LogSample(source, schema: schema, count: rows)
    if sample.rows.count < rows {
      schema.minCount = 2
      reasons[.minCount] = "for a few thousand rows; 10 suits the whole log"
    }
    fieldReasons = schema.fields.map { field in
      let column = sample.index(of: field.name)!
      let profile = ColumnProfile(field.name, sample.rows.lazy.map { $0[column] })
      return field.kind == .numeric ? "a count, \(profile.seen)" : profile.seen
    }
  }
}

extension LogSample {
  /// Whether the first line, taken for a header, is rather a row: numbers stand above numbers, and
  /// no column of numbers has a name.
  fileprivate var namesLookLikeValues: Bool {
    func isNumber(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes(parseNumber) != nil }
    let numeric = names.indices.filter { column in
      let values = values(of: column, missing: nil)
      return !values.isEmpty && values.allSatisfy(isNumber)
    }
    return numeric.contains { isNumber(names[$0]) }
      && !numeric.contains { !names[$0].isEmpty && !isNumber(names[$0]) }
  }
}

extension ColumnProfile {
  /// What was seen, for a comment.
  var seen: String {
    let share = 100 * Double(missing) / Double(max(rows, 1))
    let values = "\(distinct) \(distinct == 1 ? "value" : "values")"
    let rounded = (share * 10).rounded() / 10
    return missing == 0 ? values : values + ", \(rounded == 0 ? "< 0.1" : "\(rounded)") % missing"
  }
}
