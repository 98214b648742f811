import Logs
import Support

extension Schema {
  /// Gives every time its column and the way it is written, told from the log's first rows.
  mutating func completeTimes(from sample: LogSample, of file: String, _ notes: inout [String])
    throws
  {
    if let time, time.format == nil {
      self.time!.format = try timeFormat(of: time.column, from: sample, of: file, &notes)
    }
    for index in fields.indices where fields[index].derive != nil {
      if let column = fields[index].column {
        if fields[index].timeFormat == nil {
          fields[index].timeFormat =
            column == time?.column
            ? time?.format : try timeFormat(of: column, from: sample, of: file, &notes)
        }
      } else {
        fields[index].column = time?.column
        fields[index].timeFormat = time?.format
      }
    }
  }

  private func timeFormat(
    of column: String, from sample: LogSample, of file: String, _ notes: inout [String]
  ) throws -> TimeFormat {
    let place = try ColumnNames(sample.names).index(of: column, in: file)
    let values = sample.values(of: place, missing: missing)
    guard let format = TimeFormat.detected(in: values) else {
      throw UserError(
        file,
        found: "\(values.first.map { quoted($0) } ?? "no values") in column \(quoted(column))",
        expected: "times in one of the formats \(listed(TimeFormat.allCases.map(\.rawValue)))",
        remedy: "name the format, or another column")
    }
    let note = "times: column \(quoted(column)) as \(format.rawValue)"
    if !notes.contains(note) { notes.append(note) }
    return format
  }
}

extension TimeFormat {
  /// The format in which all of some values are likely times, nil where none is or there are no
  /// values.
  static func detected(in values: some Collection<String>) -> TimeFormat? {
    guard !values.isEmpty else { return nil }
    // Seconds say less than the others about being times: they come last.
    let formats: [(TimeFormat, Range<Int64>)] = [
      (.iso, .min..<Int64.max), (.yyyymmdd, 0..<4_102_444_800), (.yymmddhh, 0..<4_102_444_800),
      (.unixMilliseconds, 100_000_000..<4_102_444_800), (.unix, 100_000_000..<100_000_000_000),
    ]
    return formats.first { format, range in
      values.allSatisfy { value in
        Array(value.utf8).withUnsafeBytes { format.seconds($0) }.map(range.contains) == true
      }
    }?.0
  }
}

extension TimeFormat {
  /// How the times of a column are written, told from a log's first rows.
  ///
  /// - Parameters:
  ///   - format: that of the log, which names its columns.
  ///   - dialect: how it departs from that.
  /// - Throws: ``UserError`` for a log that cannot be read, a column that is not there, and values that are
  ///   no times.
  package static func detected(
    in column: String, of source: LogSource, format: LogFormat, dialect: Dialect
  ) throws -> TimeFormat {
    var schema = Schema()
    schema.format = format
    schema.delimiter = dialect.delimiter.map { String(UnicodeScalar($0)) }
    schema.quotes = dialect.quotes
    schema.time = Schema.Time(column: column)
    var notes: [String] = []
    try schema.completeTimes(
      from: LogSample(source, schema: schema, count: 100), of: source.name, &notes)
    return schema.time!.format!
  }
}
