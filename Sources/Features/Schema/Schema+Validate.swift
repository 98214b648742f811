import Logs
import Support

extension Schema {
  /// Checks what one key alone does not show: names that repeat, ranges that overlap, keys that
  /// the field's kind or encoding has no use for.
  func validate() throws(KeyProblem) {
    try Self.checkCount(minCount, CodingKeys.minCount, least: 1, "write 1 to keep every value")
    try Self.checkCount(limit, CodingKeys.limit, least: 1, "delete it for no limit")
    try checkColumns()
    for (index, field) in fields.enumerated() {
      do throws(KeyProblem) {
        try check(field, after: fields[..<index])
        try checkAttention(of: field)
      } catch {
        var problem = error
        problem.path = [.key("fields"), .index(index)] + problem.path
        problem.found += " of field \(quoted(field.name))"
        throw problem
      }
    }
  }

  private static func checkCount(
    _ count: Int?, _ key: any CodingKey, least: Int, _ remedy: String
  ) throws(KeyProblem) {
    if let count, count < least {
      throw KeyProblem(
        path: [.init(key)], found: "\(key.stringValue) \(count)", expected: "at least \(least)",
        remedy: remedy)
    }
  }

  private func check(_ field: Field, after others: ArraySlice<Field>) throws(KeyProblem) {
    func problem(
      _ key: Field.CodingKeys, _ found: String, _ expected: String, _ remedy: String
    ) -> KeyProblem {
      KeyProblem(path: [.init(key)], found: found, expected: expected, remedy: remedy)
    }

    if others.contains(where: { $0.name == field.name }) {
      throw problem(.name, "a second field", "each name once", "rename or delete one")
    }
    let column = field.derive == nil ? field.column ?? field.name : field.column
    if format?.hasPairs != true, field.kind != .ignored, let label = label?.column, column == label
    {
      throw problem(
        field.column == nil ? .name : .column, "the label's column",
        "another one: the model would "
          + "be shown the answer", "delete the field")
    }
    if let separator = field.separator, separator.utf8.count != 1 {
      throw problem(
        .separator, "separator \(quoted(separator))", "one ASCII character",
        "choose another separator in the log")
    }
    let keys = Field.CodingKeys.self
    try Self.checkCount(field.minCount, keys.minCount, least: 1, "write 1 to keep every value")
    try Self.checkCount(field.maxValues, keys.maxValues, least: 1, "delete the field instead")
    try Self.checkCount(field.limit, keys.limit, least: 1, "delete it for no limit")
    try Self.checkCount(field.buckets, keys.buckets, least: 2, "take more buckets")
    if let buckets = field.buckets, buckets > Int(Int32.max) / 2 {
      throw problem(
        .buckets, "buckets \(buckets)", "at most \(Int32.max / 2)", "take fewer buckets")
    }
    if let encoding = field.encoding, field.kind != .ignored {
      let choices = Field.Encoding.choices(for: field.kind).map(\.rawValue)
      if !choices.contains(encoding.rawValue) {
        throw problem(
          .encoding, "encoding \(quoted(encoding.rawValue))",
          "one of \(listed(choices)) for kind \(field.kind.rawValue)",
          "choose one or change the kind")
      }
    }
    try checkUses(of: field)
    try checkHistory(of: field)
    if let boundaries = field.boundaries,
      boundaries.isEmpty || !boundaries.allSatisfy(\.isFinite)
        || zip(boundaries, boundaries.dropFirst()).contains(where: { $0 >= $1 })
    {
      throw problem(
        .boundaries, "boundaries [\(listed(boundaries.map { "\($0)" }))]", "ascending numbers",
        "sort them and delete doubles")
    }
    if let ids = field.ids {
      for other in others {
        guard let taken = other.ids, taken.first <= ids.last && ids.first <= taken.last else {
          continue
        }
        throw problem(
          .ids, "ids \(ids)", "none of \(taken), which are those of \(quoted(other.name))",
          "let each id belong to one field")
      }
    }
    if let name = field.vocabulary, let other = others.first(where: { $0.vocabulary == name }),
      !(sharesRows(field, other))
    {
      throw problem(
        .vocabulary, "vocabulary \(quoted(name))",
        "the same encoding, min_count, limit, overflow, buckets and hash as in field "
          + quoted(other.name), "make them equal")
    }
  }

  /// Whether two fields of one vocabulary are encoded alike.
  private func sharesRows(_ a: Field, _ b: Field) -> Bool {
    a.effectiveEncoding == b.effectiveEncoding && minCount(of: a) == minCount(of: b)
      && limit(of: a) == limit(of: b) && overflow(of: a) == overflow(of: b)
      && a.buckets == b.buckets && a.hash ?? .xxh64 == b.hash ?? .xxh64
  }

  /// Refuses keys that mean nothing for a field, and misses those that it needs.
  private func checkUses(of field: Field) throws(KeyProblem) {
    let isList = field.kind == .multivalued
    let isInput = field.kind != .ignored
    let encoding = isInput ? field.effectiveEncoding : nil
    let counts = isInput && field.hasVocabulary
    let overflows = counts && overflow(of: field) == .hash && field.kind != .numeric
    let uses: [(Field.CodingKeys, isSet: Bool, isOfUse: Bool)] = [
      (.derive, field.derive != nil, field.kind == .categorical && format?.hasPairs != true),
      (.timeFormat, field.timeFormat != nil, field.derive != nil && field.column != nil),
      (.separator, field.separator != nil, isList && format?.hasPairs != true),
      (
        .brackets, field.brackets != nil,
        isList && field.history == nil && format?.hasPairs != true
      ),
      (.history, field.history != nil, isList && format?.hasPairs != true),
      (.pooling, field.pooling != nil, isList),
      (.maxValues, field.maxValues != nil, isList),
      (.encoding, field.encoding != nil, isInput && field.derive == nil),
      (.minCount, field.minCount != nil, counts),
      (.vocabulary, field.vocabulary != nil, isInput && field.kind != .numeric),
      (.limit, field.limit != nil, counts),
      (.overflow, field.overflow != nil, counts && field.kind != .numeric),
      (
        .buckets, field.buckets != nil,
        overflows || encoding.map { [.hash, .quantiles, .piecewise].contains($0) } ?? false
      ),
      (.hash, field.hash != nil, encoding == .hash || overflows),
      (.boundaries, field.boundaries != nil, encoding == .boundaries),
      (
        .weighted, field.weighted != nil,
        isInput && field.kind != .numeric && format?.hasPairs != false
      ),
      (.ids, field.ids != nil, format?.naming ?? .ids == .ids),
      (.column, field.column != nil, format?.naming != .ids),
    ]
    for (key, isSet, isOfUse) in uses where isSet && !isOfUse {
      let encoded = field.encoding.map { " encoded as \($0.rawValue)" } ?? ""
      throw KeyProblem(
        path: [.init(key)], found: key.rawValue,
        expected: "no such key for kind \(field.kind.rawValue)\(isInput ? encoded : "")"
          + (format.map { " in format \($0.rawValue)" } ?? ""),
        remedy: "delete it or change the kind"
      )
    }
    if field.derive != nil, field.column == nil, time == nil {
      throw KeyProblem(
        path: [.init(Field.CodingKeys.derive)], found: "derive", expected: "a time to derive from",
        remedy: "add time: to the schema, or column: to the field")
    }
    let needs: [(Field.CodingKeys, isSet: Bool, isNeeded: Bool)] = [
      (.buckets, field.buckets != nil, encoding == .hash || encoding == .quantiles),
      (.boundaries, field.boundaries != nil, encoding == .boundaries),
    ]
    for (key, isSet, isNeeded) in needs where !isSet && isNeeded {
      throw KeyProblem(
        path: [.init(Field.CodingKeys.encoding)],
        found: "encoding \(quoted(encoding!.rawValue)) without \(key.rawValue)",
        expected: "\(key.rawValue) beside it",
        remedy: key == .buckets ? "add buckets: 1000 or another number" : "add boundaries: [1, 10]")
    }
  }
}
