import Logs
import Support

/// A value that a caller gives for each row that is to be predicted: a column that fields are read from.
public struct ModelInput: Sendable, Hashable {
  /// The column's name.
  public let name: String
  /// Whether a row may have a list of values.
  public let isList: Bool
  /// Whether all fields of it are numbers.
  public let isNumeric: Bool
  /// Whether it is a time that fields are derived from.
  public let isTime: Bool
  /// The fields that are read from it, by their numbers.
  package let fields: [Int]
}

extension FeatureEncoder {
  /// What is to be given of each row, in the order of the fields.
  public var inputs: [ModelInput] {
    let columns = SchemaColumns(ofFields: schema)
    return columns.names.indices.map { index in
      let fields = columns.fields.indices.filter { columns.fields[$0].column == index }
      return ModelInput(
        name: columns.names[index],
        isList: fields.contains { columns.fields[$0].kind == .multivalued },
        isNumeric: fields.allSatisfy { columns.fields[$0].kind == .numeric },
        isTime: fields.allSatisfy { columns.fields[$0].derive != nil }, fields: fields)
    }
  }

  /// A field whose values bring an x of their own, which no text of theirs can say; nil for none.
  public var weightedField: String? { schema.fields.first { $0.weighted ?? false }?.name }
}
