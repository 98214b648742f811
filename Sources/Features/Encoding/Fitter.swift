/// What the counting pass has learned, which two workers may have learned apart.
protocol BlockFold {
  /// Takes in what another one learned. The order of the merges does not change the result.
  mutating func merge(_ other: Self)
}

/// The first pass: counts values, measures numbers and lists.
///
/// What it learns depends on the set of rows and not on their order or on who saw which of them:
/// counts and list lengths add up, and numbers are summed without rounding.
struct Fitter: RowConsumer, BlockFold {
  let schema: Schema
  private let split: RandomSplit?
  private let logBucket = LogBucket()
  private let memoryLimit: Int
  /// Rows begun so far. Their numbers in the log would count those that are rejected too, which are
  /// not in the dataset that is split likewise.
  private var row = 0
  private var isOverMemory = false
  private var fields: [Learned]
  private var tallies: [Tally]
  private var pending = PendingValues()

  /// What is known of one field so far.
  private struct Learned {
    let encoding: Schema.Field.Encoding
    /// Which tally counts its values; −1 where none does.
    let tally: Int
    /// The table of that tally, which lives as long.
    let table: UnsafeMutablePointer<ByteTableStorage>?
    var numbers = NumberSummary()
    var histogram: NumberHistogram?
    var length = 0
    var longest = 1
  }

  /// - Parameter memoryLimit: the most bytes that the counted values may take.
  init(schema: Schema, split: RandomSplit? = nil, memoryLimit: Int = .max) {
    self.schema = schema
    self.memoryLimit = memoryLimit
    self.split = split
    var tallies: [Tally] = []
    var shared: [String: Int] = [:]
    fields = schema.fields.map { field in
      var tally = -1
      if field.hasVocabulary {
        tally = field.vocabulary.flatMap { shared[$0] } ?? tallies.count
        if tally == tallies.count {
          tallies.append(Tally(limit: schema.limit(of: field)))
          if let name = field.vocabulary { shared[name] = tally }
        }
      }
      let encoding = field.effectiveEncoding
      return Learned(
        encoding: encoding, tally: tally, table: tally < 0 ? nil : tallies[tally].table.storage,
        histogram: encoding == .quantiles ? NumberHistogram() : nil)
    }
    self.tallies = tallies
  }

  mutating func beginRow(_ head: RowHead) -> Bool {
    defer { row += 1 }
    pending.removeAll()
    return !isOverMemory && split.map { $0.part(of: row) == 0 } ?? true
  }

  @inline(__always)
  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    fields[field].length += 1
    guard let table = fields[field].table else { return }
    let key = ByteKey(bytes)
    table.pointee.prefetch(key)
    pending.append(.init(key: key, x: value, field: Int32(truncatingIfNeeded: field)))
  }

  mutating func number(_ number: Double, field: Int) {
    switch fields[field].encoding {
    case .logBucket:
      LogBucket.withKey(of: logBucket(number)) { fields[field].table!.pointee.add(1, to: $0) }
    case .quantiles: fields[field].histogram!.add(number)
    case .standardized: fields[field].numbers.add(number)
    default: break
    }
  }

  mutating func missing(field: Int) {}

  mutating func endRow() {
    for index in 0..<pending.count {
      let value = pending[index]
      fields[Int(value.field)].table.unsafelyUnwrapped.pointee.add(1, to: value.key)
    }
    for field in fields.indices {
      if fields[field].length > fields[field].longest {
        fields[field].longest = fields[field].length
      }
      fields[field].length = 0
    }
    if row & 0x3FF == 0 { checkLimits() }
  }

  private mutating func checkLimits() {
    var memory = 0
    for index in tallies.indices {
      tallies[index].checkLimit()
      memory += tallies[index].table.memory
    }
    isOverMemory = isOverMemory || memory > memoryLimit
  }

  mutating func merge(_ other: Fitter) {
    for index in tallies.indices { tallies[index].merge(other.tallies[index]) }
    isOverMemory = isOverMemory || other.isOverMemory
    checkLimits()
    for field in fields.indices {
      fields[field].numbers.merge(other.fields[field].numbers)
      if let histogram = other.fields[field].histogram { fields[field].histogram?.merge(histogram) }
      fields[field].longest = max(fields[field].longest, other.fields[field].longest)
    }
  }

  /// The encoder of what was learned.
  ///
  /// - Parameter notes: what was assumed so far.
  /// - Throws: ``InputError`` for a field with more values than its limit.
  mutating func encoder(notes: [String]) throws -> FeatureEncoder {
    checkLimits()
    if isOverMemory { throw tooMuchMemory() }
    var (schema, notes) = (schema, notes)
    for (index, learned) in fields.enumerated() where learned.tally >= 0 {
      let field = schema.fields[index]
      guard tallies[learned.tally].isOver else { continue }
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
    var vocabularies: [Int: Vocabulary] = [:]
    let learned = zip(schema.fields, fields).map { field, learned in
      var vocabulary = Vocabulary()
      if field.hasVocabulary {
        vocabulary =
          vocabularies[learned.tally]
          ?? Vocabulary(
            tallies[learned.tally].table, minCount: schema.minCount(of: field))
        vocabularies[learned.tally] = vocabulary
      }
      let isStandardized = field.effectiveEncoding == .standardized
      let deviation = learned.numbers.deviation
      return LearnedField(
        slots: field.kind == .multivalued ? field.maxValues ?? learned.longest : 1,
        vocabulary: vocabulary, mean: isStandardized ? learned.numbers.mean : 0,
        deviation: isStandardized && deviation > 0 ? deviation : 1,
        boundaries: learned.histogram?.boundaries(buckets: field.buckets!) ?? field.boundaries
          ?? [],
        distinct: field.hasVocabulary ? tallies[learned.tally].table.count : nil
      )
    }
    return try FeatureEncoder(schema: schema, learned: learned, notes: notes)
  }

  private func tooMuchMemory() -> InputError {
    let largest = fields.indices.filter { fields[$0].tally >= 0 }
      .sorted { tallies[fields[$0].tally].table.count > tallies[fields[$1].tally].table.count }
      .prefix(3).map { index in
        let count = tallies[fields[index].tally].table.count
        return "\(quoted(schema.fields[index].name)) with \(count)"
      }
    return InputError(
      "schema", found: "vocabularies that take more than \(memoryLimit >> 20) MiB",
      expected: "less than that while counting; the largest so far: \(listed(largest)) values",
      remedy: "hash those fields (encoding: hash with buckets), give them a limit, or allow more "
        + "memory")
  }

  private static func tooManyValues(of field: Schema.Field, _ limit: Int) -> InputError {
    InputError(
      "schema", found: "more than \(limit) values of field \(quoted(field.name))",
      expected: "at most its limit",
      remedy: "raise limit, or hash the field: encoding: hash with buckets, or overflow: hash")
  }
}

/// How often each value was seen, up to a limit of values.
private struct Tally {
  let table = ByteTable()
  let limit: Int
  /// Whether there were more values than the limit; then they are not kept.
  private(set) var isOver = false

  init(limit: Int) { self.limit = limit }

  mutating func checkLimit() {
    guard isOver || table.count > limit else { return }
    isOver = true
    table.storage.pointee.removeAll()
  }

  mutating func merge(_ other: Tally) {
    table.merge(other.table)
    isOver = isOver || other.isOver
    checkLimit()
  }
}
