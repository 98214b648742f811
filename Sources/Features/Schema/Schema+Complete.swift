import Logs
import Support

extension Schema {
  /// The schema with its gaps filled by looking at a log.
  struct Completion {
    var schema: Schema
    /// What was assumed, for a person to read.
    var notes: [String] = []
    /// The rows that were looked at, where the fields were told from their columns alone.
    var sample: LogSample?
  }

  /// Fills the gaps; see ``completed(from:)``.
  func completion(from sources: [LogSource]) throws -> Completion {
    // Of many files the first ones may have no rows.
    guard let first = try sources.first(where: { try !$0.hasNoRows() }) ?? sources.first else {
      throw UserError(
        "input", found: "no files", expected: "at least one log", remedy: "name one")
    }
    var schema = self
    schema.fields.removeAll { $0.kind == .ignored }
    // What a log's rows are for is nothing that its values mean.
    schema.split = nil
    var notes: [String] = []
    var sample: LogSample?
    if format == nil {
      let format = try LogFormat.detected(in: first)
      schema.format = format
      let origin = try first.origin().map { ", read from \($0)" } ?? ""
      // Columns in memory have none that anybody chose.
      if first.columns == nil {
        notes.append("\(first.name): format \(format.rawValue)\(origin)")
      }
    }
    try schema.completeDialect(from: first, &notes)
    switch schema.format!.naming {
    case .fixed: try schema.completeFixed(from: first, self, &notes)
    case .ids:
      // The fields go, their ids stay known: each id must belong somewhere.
      for field in fields where field.kind == .ignored {
        guard let ids = field.ids else {
          throw UserError(
            "schema", found: "ignored field \(quoted(field.name)) without ids",
            expected: "the range of its ids for libsvm", remedy: "add ids: first-last")
        }
        schema.ignoredIDs = (schema.ignoredIDs ?? []) + [ids]
      }
      if schema.fields.isEmpty {
        let hasQueries: Bool
        (schema.fields, notes, hasQueries) = try Self.svmFields(
          sources, except: schema.ignoredIDs ?? [], notes)
        if hasQueries, schema.group == nil {
          schema.group = Self.queryGroup
          notes.append("group: \(Self.queryGroup), which lines name")
        }
      }
    case .fieldNumbers:
      if schema.fields.isEmpty {
        let (found, note) = try Self.ffmFields(sources)
        schema.fields = found.filter { !isIgnored($0.name) }
        notes.append(note)
      }
    case .header, .keys, .schema:
      sample = try schema.completeColumns(from: first, isIgnored: isIgnored, &notes)
    }
    guard !schema.fields.isEmpty else {
      throw UserError(
        first.name, found: "no fields beside label, weight and time",
        expected: "at least one column that a model sees",
        remedy: "name a log with more columns, or leave fewer of them out in the schema")
    }
    do {
      try schema.validate()
    } catch {
      throw error.error(in: "schema")
    }
    return Completion(schema: schema, notes: notes, sample: sample)
  }

  /// What the group of a libsvm log is called whose lines name it, as in `1 qid:3 12:1`.
  static let queryGroup = "qid"

  /// How many rows are looked at.
  static let sampleRows = 1_000

  /// Whether a column is not to be used.
  private func isIgnored(_ column: String) -> Bool {
    fields.contains { $0.kind == .ignored && ($0.column ?? $0.name) == column }
  }

  /// Fills the gaps of a log whose columns always are the same, as the ready schema for it does.
  private mutating func completeFixed(
    from source: LogSource, _ given: Schema, _ notes: inout [String]
  ) throws {
    let ready = Schema.criteo
    if fields.isEmpty { fields = ready.fields.filter { !given.isIgnored($0.name) } }
    label = Label(column: label?.column ?? "label", rule: label?.rule)
    let sample = try LogSample(source, schema: self, count: Self.sampleRows)
    try completeTimes(from: sample, of: source.name, &notes)
    if minCount == nil {
      minCount = ready.minCount
      notes.append("values seen fewer than 10 times are out of vocabulary (min_count)")
    }
  }

  /// Finds the label's column and, where there are none, the fields.
  ///
  /// - Returns: the rows that were looked at, where the fields were made up from them.
  private mutating func completeColumns(
    from source: LogSource, isIgnored: (String) -> Bool, _ notes: inout [String]
  ) throws -> LogSample? {
    let sample = try LogSample(source, schema: self, count: Self.sampleRows)
    completeNumbers(from: sample, &notes)
    if headerless(format!) != nil { columns = sample.names }
    if label?.column == nil {
      guard let found = Self.usualLabels.first(where: sample.names.contains) else {
        throw UserError(
          source.name, line: 1, found: "columns \(listed(sample.names))",
          expected: "one named \(listed(Self.usualLabels))",
          remedy: ColumnNames(sample.names).foreignDelimiter
            ?? "rename the label's column, or name it in a schema, label: click; "
            + "deepfm schema infer \(source.argument) writes one")
      }
      label = Label(column: found, rule: label?.rule)
      notes.append("label: column \(quoted(found))")
    }
    try completeTimes(from: sample, of: source.name, &notes)
    guard fields.isEmpty else { return nil }
    let special = [label?.column, weight, time?.column]
    for (column, name) in sample.names.enumerated()
    where !special.contains(name) && !isIgnored(name) {
      fields.append(sample.isList(column) ? .multivalued(name) : .categorical(name))
    }
    let lists = fields.filter { $0.kind == .multivalued }.map(\.name)
    notes.append(
      "fields: \(fields.count - lists.count) columns as categorical"
        + (lists.isEmpty
          ? ""
          : ", \(listed(lists)) as lists" + (format!.naming == .header ? " separated by |" : "")))
    if !sample.nested.isEmpty {
      notes.append("left out: \(listed(sample.nested)), lists of objects or of lists")
    }
    return sample
  }
}

extension LogSample {
  /// Whether a column holds lists: of text with separators, or of a format that has lists, whose cells begin with
  /// NUL.
  fileprivate func isList(_ column: Int) -> Bool {
    rows.contains { $0[column].contains("|") || $0[column].first == "\0" }
  }
}

extension Schema {
  /// The columns of a log with columns whose first rows hold lists.
  ///
  /// - Throws: `UserError` for a log that cannot be read.
  package static func lists(in log: LogSource) throws -> Set<String> {
    var schema = Schema()
    schema.format = try LogFormat.detected(in: log)
    let sample = try LogSample(log, schema: schema, count: sampleRows)
    return Set(sample.names.indices.filter { sample.isList($0) }.map { sample.names[$0] })
  }
}
