import Support

/// What is known of a field before any log is read.
package struct KnownField {
  /// The field.
  package var field: Schema.Field
  /// Its values, in the order of their rows; none for a number.
  package var values: [String]

  package init(_ field: Schema.Field, values: [String] = []) {
    (self.field, self.values) = (field, values)
  }
}

extension FeatureEncoder {
  /// An encoder of fields whose values are known beforehand: that of a model from elsewhere.
  ///
  /// - Parameters:
  ///   - fields: fields of single values and numbers as they are.
  ///   - schema: what else is known of logs; its own fields do not count.
  /// - Throws: `UserError` for a value that a field has twice, and for a schema that does not hold together.
  package init(_ fields: [KnownField], schema: Schema) throws {
    var schema = schema
    schema.fields = fields.map(\.field)
    do {
      try schema.validate()
    } catch {
      throw error.error(in: "schema")
    }
    let learned = try fields.map { known in
      guard let vocabulary = Vocabulary(known.values.map { $0 }) else {
        throw UserError(
          "field \(quoted(known.field.name))", found: "a value twice",
          expected: "values that differ",
          remedy: "correct its vocabulary")
      }
      return LearnedField(
        slots: 1, vocabulary: vocabulary, mean: 0, deviation: 1, boundaries: [], distinct: nil)
    }
    try self.init(schema: schema, learned: learned, notes: [])
  }
}
