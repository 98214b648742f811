import Support

extension Schema {
  /// How the log is cut into records and cells.
  var dialect: Dialect {
    switch format ?? .csv {
    case .csv: .csv
    case .tsv: .tsv
    case .criteo: .rawTSV
    case .libsvm, .libffm: .blanks
    case .jsonl: .json(JSONColumns(columnNames))
    }
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

  /// The fields of a libffm log: one for each field number, a list where a line has several ids of it.
  static func ffmFields(_ sources: [LogSource]) throws -> (fields: [Field], note: String) {
    struct Seen {
      var isList = false
      var weighted = false
      var lastRow = -1
    }
    var seen: [Int32: Seen] = [:]
    var rows = 0
    for source in sources {
      var reader = try RecordReader(source, dialect: .blanks)
      while try reader.nextSound() {
        // What cannot be read shows when it is read for good.
        guard let pairs = try? Pair.allWithFields(of: reader) else { continue }
        for (number, pair) in pairs {
          var field = seen[number] ?? Seen()
          field.isList = field.isList || field.lastRow == rows
          field.weighted = field.weighted || pair.value != 1
          field.lastRow = rows
          seen[number] = field
        }
        rows += 1
      }
    }
    guard !seen.isEmpty else { throw UserError.noRows(in: sources[0].name) }
    let fields = seen.sorted { $0.key < $1.key }.map { number, seen in
      var field: Field =
        seen.isList ? .multivalued("\(number)", pooling: .sum) : .categorical("\(number)")
      if seen.weighted { field.weighted = true }
      return field
    }
    return (fields, "fields: one for each of the \(fields.count) field numbers")
  }

  /// The keys of the first objects of a JSON log, those of objects inside behind their object's.
  ///
  /// - Returns: the keys in the order they come, and those that no column can be read of, since lists of
  ///   objects or of lists were seen.
  /// - Throws: ``UserError`` if there are no objects.
  static func jsonKeys(
    _ source: LogSource, rows: Int
  ) throws -> (names: [String], nested: [String]) {
    var reader = try RecordReader(source, dialect: .json(JSONColumns([])))
    var keys: [String] = []
    var known: Set<String> = []
    var nested: Set<String> = []
    var left = rows
    while left > 0, try reader.nextSound() {
      left -= 1
      for (key, isNested) in (try? reader.jsonKeys()) ?? [] {
        if known.insert(key).inserted { keys.append(key) }
        if isNested { nested.insert(key) }
      }
    }
    guard left < rows else { throw UserError.empty(source.name) }
    return (keys.filter { !nested.contains($0) }, keys.filter(nested.contains))
  }
}
