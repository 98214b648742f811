/// What is wrong with a schema, and at which of its keys.
struct SchemaProblem: Error {
  enum Step {
    case key(String)
    case index(Int)

    init(_ key: any CodingKey) {
      self = key.intValue.map(Step.index) ?? .key(key.stringValue)
    }
  }

  var path: [Step]
  var found: String
  var expected: String
  var remedy: String

  /// The problem as an error of a file, or of a schema made in code.
  func error(in file: String, line: Int? = nil, column: Int? = nil) -> InputError {
    InputError(
      file, line: line, column: column, found: found, expected: expected, remedy: remedy)
  }
}

extension Schema {
  /// Checks what one key alone does not show: names that repeat, ranges that overlap, keys that
  /// the field's kind has no use for.
  func validate() throws(SchemaProblem) {
    if let minCount, minCount < 1 {
      throw SchemaProblem(
        path: [.key("min_count")], found: "min_count \(minCount)", expected: "at least 1",
        remedy: "write 1 to keep every value")
    }
    if let weight, format == .libsvm {
      throw SchemaProblem(
        path: [.key("weight")], found: "weight \(quoted(weight))",
        expected: "no weight in format libsvm, which has none",
        remedy: "delete it, or write the log as CSV")
    }
    for (index, field) in fields.enumerated() {
      func problem(
        _ key: Field.CodingKeys, _ found: String, _ expected: String, _ remedy: String
      ) -> SchemaProblem {
        SchemaProblem(
          path: [.key("fields"), .index(index), .key(key.rawValue)],
          found: "\(found) of field \(quoted(field.name))", expected: expected, remedy: remedy)
      }

      if fields[..<index].contains(where: { $0.name == field.name }) {
        throw problem(.name, "a second field", "each name once", "rename or delete one")
      }
      if let separator = field.separator, separator.utf8.count != 1 {
        throw problem(
          .separator, "separator \(quoted(separator))", "one ASCII character",
          "choose another separator in the log")
      }
      if let count = field.minCount, count < 1 {
        throw problem(.minCount, "min_count \(count)", "at least 1", "write 1 to keep every value")
      }
      if let count = field.maxValues, count < 1 {
        throw problem(.maxValues, "max_values \(count)", "at least 1", "delete the field instead")
      }
      let uses: [(Field.CodingKeys, isSet: Bool, isOfUse: Bool)] = [
        (.separator, field.separator != nil, field.kind == .multivalued && format != .libsvm),
        (.pooling, field.pooling != nil, field.kind == .multivalued),
        (.maxValues, field.maxValues != nil, field.kind == .multivalued),
        (.encoding, field.encoding != nil, field.kind == .numeric),
        (.minCount, field.minCount != nil, field.hasVocabulary),
        (.weighted, field.weighted != nil, field.kind != .numeric && format ?? .libsvm == .libsvm),
        (.ids, field.ids != nil, format ?? .libsvm == .libsvm),
        (.column, field.column != nil, format != .libsvm),
      ]
      for (key, isSet, isOfUse) in uses where isSet && !isOfUse {
        throw problem(
          key, "\(key.rawValue)",
          "no such key for kind \(field.kind.rawValue)"
            + (format.map { " in format \($0.rawValue)" } ?? ""), "delete it or change the kind")
      }
      if let ids = field.ids {
        for other in fields[..<index] {
          guard let taken = other.ids, taken.first <= ids.last && ids.first <= taken.last else {
            continue
          }
          throw problem(
            .ids, "ids \(ids)", "none of \(taken), which are those of \(quoted(other.name))",
            "let each id belong to one field")
        }
      }
    }
  }
}
