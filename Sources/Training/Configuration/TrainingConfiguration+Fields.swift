import Features
import Support

extension TrainingConfiguration {
  /// Sets what the model's sizes say of an encoder's fields: which have vectors that are not trained, as ``vectors`` says,
  /// with all that share their vocabulary; and how long the vectors of each are, as ``embeddingSizes`` says.
  ///
  /// - Throws: `UserError` for a field that there is not, or that cannot have what is asked for.
  package mutating func settle(fieldsOf encoder: FeatureEncoder) throws {
    if let vectors {
      sizes.frozenFields = try vectors.sources.flatMap { source in
        let field = try source.encoded(by: encoder)
        guard source.isFrozen else { return [Int]() }
        return encoder.fields.indices.filter { encoder.fields[$0].firstID == field.firstID }
      }
    }
    if let embeddingSizes {
      sizes.fieldSizes = try embeddingSizes.sizes(of: encoder, largest: sizes.embeddingSize)
      try checkGivenVectors(of: encoder)
    }
  }

  /// Refuses given vectors of which a part would not be used.
  private func checkGivenVectors(of encoder: FeatureEncoder) throws {
    for source in vectors?.sources ?? [] {
      let number = encoder.fields.firstIndex { $0.field.name == source.field }!
      let size = sizes.fieldSizes[number]
      guard size < sizes.embeddingSize else { continue }
      throw UserError(
        "embedding_sizes",
        found: "\(size) for \(quoted(source.field)), which has vectors of its own",
        expected: "embedding_size for it: its vectors have \(sizes.embeddingSize) numbers",
        remedy: "name the sizes of other fields, or leave its vectors out")
    }
  }
}

extension FeatureEncoder {
  /// A field by its name.
  ///
  /// - Parameter key: the setting that names it.
  /// - Throws: `UserError` where there is none.
  func field(named name: String, for key: String) throws -> FieldEncoder {
    if let found = fields.first(where: { $0.field.name == name }) { return found }
    let guess = nearest(to: name, among: fields.map(\.field.name))
    throw UserError(
      key, found: "field \(quoted(name))", expected: "a field of the schema",
      remedy: guess.map { "did you mean \(quoted($0))?" } ?? "name one of them")
  }
}
