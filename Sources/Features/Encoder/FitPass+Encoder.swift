import Support

extension FitPass {
  /// The encoder of what was learned. The shared counts are gone then.
  ///
  /// - Parameter notes: what was assumed so far.
  /// - Throws: ``UserError`` for a field with more values than its limit, for vocabularies that do not
  ///   fit into memory, and for a disk that is full.
  package func encoder(notes: [String]) throws -> FeatureEncoder {
    endPass()
    let outcomes = try counter.finish()
    var (schema, notes) = (schema, notes)
    let owners = schema.vocabularies.owners
    for (index, vocabulary) in owners.enumerated()
    where vocabulary >= 0 && outcomes[vocabulary].isOver {
      let field = schema.fields[index]
      let limit = schema.limit(of: field)
      guard schema.overflow(of: field) == .hash, field.kind != .numeric else {
        throw Self.tooManyValues(of: field, limit)
      }
      schema.fields[index].encoding = .hash
      schema.fields[index].buckets = field.buckets ?? max(limit, 2)
      (schema.fields[index].minCount, schema.fields[index].limit) = (nil, nil)
      schema.fields[index].overflow = nil
      notes.append(
        "\(field.name): more than \(limit) values, hashed into "
          + "\(schema.fields[index].buckets!) buckets")
    }
    let learned = schema.fields.enumerated().map { index, field in
      let learned = fields.base[index]
      let outcome = field.hasVocabulary ? outcomes[owners[index]] : nil
      let isStandardized = field.effectiveEncoding == .standardized
      let deviation = learned.numbers.deviation
      let knots =
        field.effectiveEncoding == .piecewise
        ? learned.histogram?.knots(ranges: field.buckets ?? PiecewiseLevels.usualBuckets) : nil
      return LearnedField(
        slots: field.kind == .multivalued
          ? field.cap ?? learned.longest
          : knots.map { PiecewiseLevels(knots: $0).slots } ?? 1,
        vocabulary: outcome?.vocabulary ?? Vocabulary(),
        mean: isStandardized ? learned.numbers.mean : 0,
        deviation: isStandardized && deviation > 0 ? deviation : 1,
        boundaries: knots ?? learned.histogram?.boundaries(buckets: field.buckets!)
          ?? field.boundaries ?? [],
        distinct: outcome?.distinct)
    }
    return try FeatureEncoder(schema: schema, learned: learned, notes: notes)
  }

  private static func tooManyValues(of field: Schema.Field, _ limit: Int) -> UserError {
    UserError(
      "schema", found: "more than \(limit) values of field \(quoted(field.name))",
      expected: "at most its limit",
      remedy: "raise limit, or hash the field: encoding: hash with buckets, or overflow: hash")
  }
}

extension Schema {
  /// The vocabularies that are to be counted, and of each field which one is its; −1 for none.
  var vocabularies: (kinds: [ValueCounter.Kind], owners: [Int]) {
    var kinds: [ValueCounter.Kind] = []
    var shared: [String: Int] = [:]
    let owners = fields.map { field in
      guard field.hasVocabulary else { return -1 }
      if let vocabulary = field.vocabulary.flatMap({ shared[$0] }) { return vocabulary }
      if let name = field.vocabulary { shared[name] = kinds.count }
      kinds.append(
        ValueCounter.Kind(name: field.name, limit: limit(of: field), minCount: minCount(of: field)))
      return kinds.count - 1
    }
    return (kinds, owners)
  }
}

extension ValueCounter {
  /// Those of the vocabularies of a completed schema.
  package convenience init(_ schema: Schema, memoryLimit: Int = .max, spillingTo folder: String) {
    self.init(schema.vocabularies.kinds, memoryLimit: memoryLimit, spillingTo: folder)
  }

  /// Those of a schema whose vocabularies are known: everything is counted, however much there is.
  package convenience init(
    growing schema: Schema, memoryLimit: Int = .max, spillingTo folder: String
  ) {
    let kinds = schema.vocabularies.kinds.map { kind in
      var kind = kind
      kind.limit = .max
      return kind
    }
    self.init(kinds, memoryLimit: memoryLimit, spillingTo: folder)
  }
}
