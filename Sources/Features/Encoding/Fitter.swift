/// The first pass: counts values, measures numbers and lists.
struct Fitter: RowConsumer {
  private let schema: Schema
  private let split: RandomSplit?
  private var row = 0
  private var learned: [Learned]

  /// What is known of one field so far.
  private struct Learned {
    let usesVocabulary: Bool
    var tally = Tally()
    var numbers = 0
    var mean = 0.0
    /// Σ of the squared distances from the mean.
    var spread = 0.0
    var length = 0
    var longest = 1
  }

  init(schema: Schema, split: RandomSplit?) {
    self.schema = schema
    self.split = split
    learned = schema.fields.map { Learned(usesVocabulary: $0.hasVocabulary) }
  }

  mutating func beginRow() -> Bool {
    defer { row += 1 }
    return split.map { $0.part(of: row) == 0 } ?? true
  }

  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    learned[field].tally.add(bytes)
    learned[field].length += 1
  }

  mutating func number(_ number: Double, field: Int) {
    if learned[field].usesVocabulary {
      withLogBucketText(number) { learned[field].tally.add($0) }
      return
    }
    // Welford's update: stable for numbers far from zero.
    learned[field].numbers += 1
    let distance = number - learned[field].mean
    learned[field].mean += distance / Double(learned[field].numbers)
    learned[field].spread += distance * (number - learned[field].mean)
  }

  mutating func missing(field: Int) {}

  mutating func endRow(label: Float, weight: Float) {
    for field in learned.indices {
      learned[field].longest = max(learned[field].longest, learned[field].length)
      learned[field].length = 0
    }
  }

  /// The fields with their rows numbered.
  func fields() -> [FieldEncoder] {
    var firstID: Int32 = 0
    return zip(schema.fields, learned).map { field, learned in
      let isStandardized = field.numericEncoding == .standardized
      let deviation = (learned.spread / Double(max(learned.numbers, 1))).squareRoot()
      let encoder = FieldEncoder(
        field: field, firstID: firstID,
        slots: field.kind == .multivalued ? field.maxValues ?? learned.longest : 1,
        vocabulary: Vocabulary(learned.tally, minCount: schema.minCount(of: field)),
        mean: isStandardized ? learned.mean : 0,
        deviation: isStandardized && deviation > 0 ? deviation : 1)
      firstID += Int32(encoder.rows)
      return encoder
    }
  }
}
