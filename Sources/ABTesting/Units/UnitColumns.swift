import Features
import Logs
import Support

/// How logs of units are written, and which columns are read of them.
struct UnitColumns: Sendable {
  let format: LogFormat
  let request: ColumnRequest
  /// nil where each row is a unit.
  let unit: String?
  /// nil for rows from before the test.
  let arm: String?
  let time: (column: String, format: TimeFormat)?
  let measures: [String]
  let segments: [String]

  /// What rows are read for.
  enum Role {
    /// A test: by arm, by day where there are times, by segment.
    case test
    /// What units were before it, all days together.
    case before
    /// A test that is planned: by day, nobody has an arm.
    case plan
  }

  /// Looks at the first log.
  /// - Throws: ``UserError`` for a log that cannot be read or lacks a column.
  init(_ test: ABTest, of source: LogSource, for role: Role = .test) throws {
    format = try LogFormat.withColumns(detectedIn: source)
    var dialect = Dialect()
    try dialect.complete(from: source, format)
    unit = test.unit
    arm = role == .test ? test.arm : nil
    measures = test.measures
    segments = role == .test ? test.segments : []
    if role != .before, let given = test.time {
      let found =
        try given.format
        ?? .detected(in: given.column, of: source, format: format, dialect: dialect)
      time = (given.column, found)
    } else {
      time = nil
    }
    var request = ColumnRequest()
    request.dialect = dialect
    for name in [unit, arm, time?.column].compactMap(\.self) + measures + segments
    where !request.columns.contains(name) {
      request.columns.append(name)
    }
    self.request = request
  }

  /// Where the columns are in the batches of a log.
  struct Places {
    let names: [String]
    let unit: Int
    let arm: Int
    let time: Int
    let measures: [Int]
    let segments: [Int]
  }

  func places(in columns: [String], of file: String) throws -> Places {
    let names = ColumnNames(columns)
    func place(_ name: String?) throws -> Int {
      try name.map { try names.index(of: $0, in: file) } ?? -1
    }
    return try Places(
      names: columns, unit: place(unit), arm: place(arm), time: place(time?.column),
      measures: measures.map { try place($0) }, segments: segments.map { try place($0) })
  }
}
