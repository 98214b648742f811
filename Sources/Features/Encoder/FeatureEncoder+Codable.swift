import Data

extension FeatureEncoder: Codable {
  enum CodingKeys: String, CodingKey {
    case schema, fields, layout, notes
  }

  /// Reads an encoder; fields that share a vocabulary take it from the first of them.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    schema = try container.decode(Schema.self, forKey: .schema)
    var fields = try container.decode([FieldEncoder].self, forKey: .fields)
    layout = try container.decode(BatchLayout.self, forKey: .layout)
    notes = try container.decode([String].self, forKey: .notes)
    for index in fields.indices {
      if let owner = Self.owner(of: index, in: fields) {
        fields[index].vocabulary = fields[owner].vocabulary
      }
    }
    self.fields = fields
    guard fields.map(\.field) == schema.fields else {
      throw DecodingError.dataCorruptedError(
        forKey: .fields, in: container, debugDescription: "fields that are not the schema's")
    }
  }

  /// Writes the encoder, a shared vocabulary once.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    var fields = fields
    for index in fields.indices where Self.owner(of: index, in: fields) != nil {
      fields[index].vocabulary = Vocabulary()
    }
    try container.encode(schema, forKey: .schema)
    try container.encode(fields, forKey: .fields)
    try container.encode(layout, forKey: .layout)
    try container.encode(notes, forKey: .notes)
  }
}
