import Support

extension Schema {
  /// The schema with its gaps filled by looking at a log, and notes that say what was assumed.
  ///
  /// A missing format is told from the file's name and first line. Where no fields are given, a
  /// column of which one of the first 1,000 values holds a `|` is multi-valued and any other column
  /// categorical; a libsvm log with one id a position has one field a position, any other one
  /// weighted list.
  ///
  /// - Parameter sources: the training data; only libsvm without fields is read to its end.
  /// - Throws: ``UserError`` if the log cannot be read or the schema contradicts itself.
  public func completed(from sources: [LogSource]) throws -> (schema: Schema, notes: [String]) {
    guard let first = sources.first else {
      throw UserError(
        "input", found: "no files", expected: "at least one log", remedy: "name one")
    }
    var schema = self
    schema.fields.removeAll { $0.kind == .ignored }
    // What a log's rows are for is nothing that its values mean.
    schema.split = nil
    var notes: [String] = []
    if format == nil {
      let format = try LogFormat.told(from: first)
      schema.format = format
      notes.append("\(first.name): format \(format.rawValue)")
    }
    switch schema.format! {
    case .criteo:
      if schema.fields.isEmpty {
        schema.fields = Schema.criteo.fields.filter { !isIgnored($0.name) }
      }
      schema.label = Label(column: label?.column ?? "label", rule: label?.rule)
      let sample = try LogSample(first, schema: schema, count: Self.sampleRows)
      try schema.completeTimes(from: sample, of: first.name, &notes)
      if minCount == nil {
        schema.minCount = Schema.criteo.minCount
        notes.append("values seen fewer than 10 times are out of vocabulary (min_count)")
      }
    case .libsvm:
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
        (schema.fields, notes) = try Self.libsvmFields(
          sources, except: schema.ignoredIDs ?? [], notes)
      }
    case .libffm:
      if schema.fields.isEmpty {
        let (found, note) = try Self.ffmFields(sources)
        schema.fields = found.filter { !isIgnored($0.name) }
        notes.append(note)
      }
    case .csv, .tsv, .jsonl:
      try schema.completeColumns(from: first, isIgnored: isIgnored, &notes)
    }
    do {
      try schema.validate()
    } catch {
      throw error.error(in: "schema")
    }
    return (schema, notes)
  }

  /// How many rows are looked at.
  static let sampleRows = 1_000

  /// Whether a column is not to be used.
  private func isIgnored(_ column: String) -> Bool {
    fields.contains { $0.kind == .ignored && ($0.column ?? $0.name) == column }
  }

  /// Finds the label's column and, where there are none, the fields.
  private mutating func completeColumns(
    from source: LogSource, isIgnored: (String) -> Bool, _ notes: inout [String]
  ) throws {
    let sample = try LogSample(source, schema: self, count: Self.sampleRows)
    if headerless(format!) != nil { columns = sample.names }
    if label?.column == nil {
      guard let found = Self.usualLabels.first(where: sample.names.contains) else {
        throw UserError(
          source.name, line: 1, found: "columns \(listed(sample.names))",
          expected: "one named \(listed(Self.usualLabels))",
          remedy: sample.names.count == 1 && sample.names[0].contains(";")
            ? "separate columns by commas or tabs"
            : "rename the label's column, or name it in a schema, label: click; "
              + "deepfm schema infer \(source.argument) writes one")
      }
      label = Label(column: found, rule: label?.rule)
      notes.append("label: column \(quoted(found))")
    }
    try completeTimes(from: sample, of: source.name, &notes)
    guard fields.isEmpty else { return }
    let special = [label?.column, weight, time?.column]
    for (column, name) in sample.names.enumerated()
    where !special.contains(name) && !isIgnored(name) {
      // A JSON list's cell begins with NUL.
      let isList = sample.rows.contains { $0[column].contains("|") || $0[column].first == "\0" }
      fields.append(isList ? .multivalued(name) : .categorical(name))
    }
    let lists = fields.filter { $0.kind == .multivalued }.map(\.name)
    notes.append(
      "fields: \(fields.count - lists.count) columns as categorical"
        + (lists.isEmpty
          ? "" : ", \(listed(lists)) as lists" + (format == .jsonl ? "" : " separated by |")))
    if !sample.nested.isEmpty {
      notes.append("left out: \(listed(sample.nested)), lists of objects or of lists")
    }
    let doubts = SchemaDraft.doubts(about: fields, sample, of: source.argument)
    if let doubts { notes.append(doubts) }
  }

  /// Fields by position where every line has as many pairs and positions do not share ids.
  private static func libsvmFields(
    _ sources: [LogSource], except ignored: [IDRange], _ notes: [String]
  ) throws -> ([Field], [String]) {
    var ranges: [IDRange]?
    var regular = true
    var weighted = false
    for source in sources {
      var reader = try RecordReader(source, dialect: .blanks)
      while try reader.nextSound() {
        // What cannot be read shows when it is read for good.
        guard var pairs = try? Pair.all(of: reader) else { continue }
        pairs.removeAll { pair in ignored.contains { $0.contains(pair.id) } }
        if ranges == nil { ranges = Array(repeating: IDRange(.max, 0), count: pairs.count) }
        regular = regular && pairs.count == ranges!.count
        for (place, pair) in pairs.enumerated() {
          weighted = weighted || pair.value != 1
          guard regular else { continue }
          ranges![place].first = min(ranges![place].first, pair.id)
          ranges![place].last = max(ranges![place].last, pair.id)
        }
      }
    }
    guard let ranges else { throw UserError.noRows(in: sources[0].name) }
    let sorted = ranges.sorted { $0.first < $1.first }
    let apart = zip(sorted, sorted.dropFirst()).allSatisfy { $0.last < $1.first }
    guard regular && apart && !ranges.isEmpty else {
      let note = "fields: one list of \(weighted ? "weighted " : "")ids"
      return (
        [.ids("ids", IDRange(0, .max), kind: .multivalued, pooling: .sum, weighted: weighted)],
        notes + [note]
      )
    }
    // Ids between two positions, unseen in training, belong to the earlier one.
    let fields = sorted.indices.map { index in
      Field.ids(
        "field\(index + 1)",
        IDRange(
          index == 0 ? 0 : sorted[index].first,
          index + 1 < sorted.count ? sorted[index + 1].first - 1 : .max),
        weighted: weighted ? true : nil)
    }
    return (fields, notes + ["fields: one for each of the \(fields.count) positions of a line"])
  }
}

extension LogFormat {
  /// The format that a log's name or else its first line speaks for.
  static func told(from source: LogSource) throws -> LogFormat {
    var name = source.name.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    if name.hasSuffix(".zst") { name.removeLast(4) }
    switch name.split(separator: ".").last {
    case "csv": return .csv
    case "tsv": return try isCriteo(source) ? .criteo : .tsv
    case "libsvm", "svm", "svmlight", "libfm": return .libsvm
    case "libffm", "ffm": return .libffm
    case "jsonl", "ndjson": return .jsonl
    default: break
    }
    var tabs = try RecordReader(source, dialect: .rawTSV)
    guard try tabs.next() else { throw UserError.empty(source.name) }
    if tabs[0].first == UInt8(ascii: "{") { return .jsonl }
    if isCriteo(tabs) { return .criteo }
    var blanks = try RecordReader(source, dialect: .blanks)
    if try blanks.next(), blanks.count > 1,
      (1..<blanks.count).allSatisfy({ blanks[$0].contains(UInt8(ascii: ":")) }),
      parseNumber(blanks[0]) != nil
    {
      let colons = blanks[1].reduce(0) { $0 + ($1 == UInt8(ascii: ":") ? 1 : 0) }
      return colons == 2 ? .libffm : .libsvm
    }
    return tabs.count > 1 ? .tsv : .csv
  }

  /// Whether a log begins with a row of Criteo's, which no header is like.
  private static func isCriteo(_ source: LogSource) throws -> Bool {
    var reader = try RecordReader(source, dialect: .rawTSV)
    return try reader.next() && isCriteo(reader)
  }

  private static func isCriteo(_ reader: borrowing RecordReader) -> Bool {
    reader.count == 40 && ["0", "1"].contains(reader.text(0))
  }
}
