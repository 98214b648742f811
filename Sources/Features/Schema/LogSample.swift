import Logs
import Support

/// The first rows of a log with columns, as text.
package struct LogSample {
  /// The columns' names.
  package let names: [String]
  /// For each row one value a column; rows that cannot be read are left out.
  package let rows: [[String]]
  /// JSON: the keys of lists of objects or of lists, which are no columns.
  let nested: [String]
  /// What is wrong with the first row that cannot be read; nil where all can.
  package let firstError: UserError?
  /// Whether the logs have no further rows.
  let isWhole: Bool

  /// The bytes that are looked at together.
  private static let blockSize = 1 << 18

  /// - Parameters:
  ///   - schema: says how the log is written.
  ///   - count: how many rows at most.
  /// - Throws: ``UserError`` if the log cannot be read.
  package init(_ source: LogSource, schema: Schema, count: Int) throws {
    let format = schema.format ?? .csv
    var request = ColumnRequest()
    request.headerless = schema.headerless(format)
    request.dialect = schema.dialect
    var nested: [String] = []
    var firstError: UserError?
    if format.naming == .keys {
      (request.columns, nested) = try Schema.jsonKeys(source, rows: count)
      // Any of them may turn out to hold lists.
      request.fields = request.columns.map {
        ColumnRequest.Field(name: $0, column: $0, isList: true)
      }
    }
    var names: [String]?
    var rows: [[String]] = []
    try withoutActuallyEscaping({ (parser: any NamedColumns, _: LogSource) in
      names = parser.columns
    }) { opened in
      var reader = BlockReader(
        [source], format, request, blockSize: Self.blockSize, opened: opened)
      do {
        while rows.count < count, let block = try reader.next() {
          let report = try block.read(stopsAtFirst: false) { batch, _ in
            Self.append(batch, parserColumns: names!.count, to: &rows, count)
          }
          firstError = firstError ?? report.rejected.first?.error
        }
      } catch let error as UserError where names != nil && error == .noRows(in: source.name) {
        // A header alone has columns, too.
      }
    }
    self.names = names ?? []
    self.rows = rows
    self.nested = nested
    self.firstError = firstError
    isWhole = rows.count < count
  }

  /// The first rows of each of some logs, as many of each: a column may have one value in a whole log and another in
  /// the next, as the columns have that folders name.
  ///
  /// - Parameters:
  ///   - sources: one at least. Their columns are those of the first one; of JSON, all keys of all of them.
  ///   - count: how many rows at most, and one of each log at least.
  /// - Throws: ``UserError`` if one cannot be read.
  init(_ sources: [LogSource], schema: Schema, count: Int) throws {
    let share = max(count / sources.count, 1)
    let samples = try sources.map { try LogSample($0, schema: schema, count: share) }
    func all(_ names: (LogSample) -> [String]) -> [String] {
      var known: Set<String> = []
      return samples.flatMap(names).filter { known.insert($0).inserted }
    }
    let nested = all(\.nested)
    let names =
      schema.format?.naming == .keys
      ? all(\.names).filter { !nested.contains($0) } : samples[0].names
    rows = samples.flatMap { sample in
      let places = names.map(sample.index)
      return sample.rows.map { row in places.map { $0.map { row[$0] } ?? "" } }
    }
    (self.names, self.nested) = (names, nested)
    firstError = samples.lazy.compactMap(\.firstError).first
    isWhole = samples.allSatisfy(\.isWhole)
  }

  private static func append(
    _ batch: RecordBatch, parserColumns: Int, to rows: inout [[String]], _ count: Int
  ) {
    let columns = (0..<parserColumns).map { batch.column($0) }
    for record in 0..<min(batch.count, count - rows.count) {
      rows.append(columns.map { String(decoding: $0.text(of: record), as: UTF8.self) })
    }
  }

  /// Where a column is, or nil.
  func index(of name: String) -> Int? { names.firstIndex(of: name) }

  /// The values of a column that are not missing.
  func values(of column: Int, missing: [String]?) -> [String] {
    rows.map { $0[column] }.filter { !$0.isEmpty && missing?.contains($0) != true }
  }
}

extension Schema {
  /// The names of a log's columns where it has no header: nil where it has one, empty where they are
  /// "1", "2" and so on.
  func headerless(_ format: LogFormat) -> [String]? {
    format.fixedColumns ?? columns ?? (header == false ? [] : nil)
  }

  /// The columns that are read, each once.
  var columnNames: [String] {
    var names: [String] = []
    let head = [label?.column ?? "label", weight, time?.column, group].compactMap { $0 }
    for name in head + fields.map({ $0.column ?? $0.name }) where !names.contains(name) {
      names.append(name)
    }
    return names
  }
}
