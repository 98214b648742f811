import Features
import Logs
import Support

extension RequestJoin {
  /// What the columns of the joined log mean: the fields of the model that was asked, and the first event as the label.
  ///
  /// - Parameters:
  ///   - schema: of the model.
  ///   - inputs: what it is asked with.
  /// - Throws: `UserError` for a model whose values have weights, which no such log holds.
  package static func schema(
    of encoder: FeatureEncoder, label event: String
  ) throws -> Schema {
    if let field = encoder.weightedField {
      throw UserError(
        "model", found: "values with weights (field \(quoted(field)))", expected: "plain values",
        remedy: "train on the log of the model's own rows")
    }
    let model = encoder.schema
    let inputs = Set(encoder.inputs.map(\.name))
    var schema = Schema(
      format: .jsonl, label: Schema.Label(stringLiteral: event), missing: model.missing,
      minCount: model.minCount, limit: model.limit, overflow: model.overflow, fields: model.fields)
    // A time that fields are made of is an input; else that of the request stands in for it.
    let derives = model.fields.contains { $0.derive != nil && $0.column == nil }
    schema.time =
      derives ? model.time : Schema.Time(column: "\(JoinedRows.request).time", format: .iso)
    if let group = model.group, inputs.contains(group) { schema.group = group }
    return schema
  }
}
