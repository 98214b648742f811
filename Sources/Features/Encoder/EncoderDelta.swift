/// What of an encoder is other than in an earlier one, its vocabularies by the ranks that changed.
package struct EncoderDelta: Sendable, Codable {
  /// The encoder, its vocabularies empty.
  private let bare: FeatureEncoder
  private let vocabularies: [Edit]

  /// The changes of a field's vocabulary.
  private struct Edit: Sendable, Codable {
    let field: String
    /// How many ranks there are.
    let count: Int
    /// The ranks with other values, and these; nil for a rank that is free.
    let ranks: [Int]
    let values: [String?]
  }

  /// How many values were changed.
  package var changedValues: Int { vocabularies.reduce(0) { $0 + $1.ranks.count } }

  package init(from base: FeatureEncoder, to encoder: FeatureEncoder) {
    bare = FeatureEncoder(bare: encoder)
    vocabularies = encoder.vocabularyOwners.map { field in
      let (old, new) = (base.vocabulary(of: field.field.name), field.vocabulary)
      let ranks = (0..<new.count).filter { rank in
        rank >= old.count || new.isFree(rank) != old.isFree(rank)
          || !new.bytes(of: rank).elementsEqual(old.bytes(of: rank))
      }
      return Edit(
        field: field.field.name, count: new.count, ranks: ranks,
        values: ranks.map { new.isFree($0) ? nil : new[$0] })
    }
  }

  /// The encoder, from the earlier one.
  ///
  /// - Returns: nil where the changes do not fit together.
  package func applied(to base: FeatureEncoder) -> FeatureEncoder? {
    var grown: [String: Vocabulary] = [:]
    for edit in vocabularies {
      var values = Array(base.vocabulary(of: edit.field).values.prefix(edit.count))
      values += [String?](repeating: nil, count: max(edit.count - values.count, 0))
      guard edit.ranks.count == edit.values.count else { return nil }
      for (rank, value) in zip(edit.ranks, edit.values) {
        guard values.indices.contains(rank) else { return nil }
        values[rank] = value
      }
      guard let vocabulary = Vocabulary(values) else { return nil }
      grown[edit.field] = vocabulary
    }
    let fields = bare.fields.indices.map { index in
      let field = bare.fields[index]
      let owner = FeatureEncoder.owner(of: index, in: bare.fields) ?? index
      return LearnedField(
        slots: field.slots,
        vocabulary: grown[bare.fields[owner].field.name] ?? field.vocabulary, mean: field.mean,
        deviation: field.deviation, boundaries: field.boundaries, distinct: field.distinct)
    }
    let encoder = try? FeatureEncoder(schema: bare.schema, learned: fields, notes: bare.notes)
    return encoder?.layout == bare.layout ? encoder : nil
  }
}

extension FeatureEncoder {
  /// The vocabulary of a field by its name; empty where there is none.
  fileprivate func vocabulary(of name: String) -> Vocabulary {
    vocabularyOwners.first { $0.field.name == name }?.vocabulary ?? Vocabulary()
  }

  /// The table row of an earlier encoder for each of this one's: that of the same value, or of the same place in
  /// the same field; −1 where there is none.
  package func rows(in base: FeatureEncoder) -> [Int] {
    var sources = [Int](repeating: -1, count: layout.features)
    for field in fields {
      guard let old = base.fields.first(where: { $0.field.name == field.field.name }) else {
        continue
      }
      for row in 0..<min(field.rows, old.rows) {
        sources[Int(field.firstID) + row] = Int(old.firstID) + row
      }
    }
    return sources
  }
}
