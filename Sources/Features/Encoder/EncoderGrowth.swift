import Support

/// An encoder with a further day's values: the ones it knew keep their ranks within their fields, new ones take
/// the ranks of those that expired, the lowest first, and then ranks behind all others.
package struct EncoderGrowth: Sendable {
  /// The encoder that has grown.
  package let encoder: FeatureEncoder
  /// What is known of its values after the day.
  package let ledger: ValueLedger
  /// Each vocabulary's changes, in the order of ``FeatureEncoder/vocabularyOwners``.
  package let changes: [Change]

  /// What became of one vocabulary.
  package struct Change: Sendable {
    /// The field whose vocabulary it is, or the first of those that share it.
    package let field: String
    /// The ranks of values that are new.
    package let admitted: [Int]
    /// The ranks whose values have expired and that no new one has taken.
    package let freed: [Int]
    /// How many values have expired.
    package let expired: Int
    /// How many values wait to be seen more often.
    package let waiting: Int
    /// How many values were seen often enough, but exceed the field's limit; they wait as well.
    package let beyondLimit: Int
  }

  /// How many values got rows.
  package var admitted: Int { changes.reduce(0) { $0 + $1.admitted.count } }
  /// How many values have lost theirs.
  package var expired: Int { changes.reduce(0) { $0 + $1.expired } }
  /// How many values wait.
  package var waiting: Int { changes.reduce(0) { $0 + $1.waiting } }
}

extension FeatureEncoder {
  /// The fields whose vocabularies are counted, each shared one once, as its first field.
  package var vocabularyOwners: [FieldEncoder] {
    fields.indices.filter {
      fields[$0].field.hasVocabulary && Self.owner(of: $0, in: fields) == nil
    }.map { fields[$0] }
  }
}

extension FitPass {
  /// An encoder with the values that were counted. The counts are gone then.
  ///
  /// - Throws: ``UserError`` for a disk that is full, and for more rows than ids can number.
  package func growth(
    of encoder: FeatureEncoder, _ ledger: ValueLedger, by admission: Admission
  ) throws -> EncoderGrowth {
    precondition(ledger.fits(encoder))
    endPass()
    var ledger = ledger
    ledger.day += 1
    var (changes, grown): ([EncoderGrowth.Change], [String: Vocabulary]) = ([], [:])
    for (index, field) in encoder.vocabularyOwners.enumerated() {
      var day = VocabularyDay(
        field.vocabulary, ledger.books[index], day: ledger.day,
        minCount: schema.minCount(of: field.field), limit: schema.limit(of: field.field))
      try counter.drain(index) { day.add(String(decoding: $0, as: UTF8.self), $1) }
      let (vocabulary, book, change) = day.finish(admission)
      ledger.books[index] = book
      grown[field.field.name] = vocabulary
      changes.append(change)
    }
    let learned = encoder.fields.indices.map { index in
      let field = encoder.fields[index]
      let owner = FeatureEncoder.owner(of: index, in: encoder.fields) ?? index
      return LearnedField(
        slots: field.slots,
        vocabulary: grown[encoder.fields[owner].field.name] ?? field.vocabulary, mean: field.mean,
        deviation: field.deviation, boundaries: field.boundaries, distinct: field.distinct)
    }
    return EncoderGrowth(
      encoder: try FeatureEncoder(schema: encoder.schema, learned: learned, notes: encoder.notes),
      ledger: ledger, changes: changes)
  }
}

/// One vocabulary's day: takes the day's values in the order of their bytes.
private struct VocabularyDay {
  private let vocabulary: Vocabulary
  private let before: ValueLedger.Book
  private let day: Int32
  private let minCount: Int
  private let limit: Int
  private var book: ValueLedger.Book
  private var candidates: [ValueLedger.Waiting] = []
  /// The next of the values that waited.
  private var next = 0

  init(
    _ vocabulary: Vocabulary, _ book: ValueLedger.Book, day: Int, minCount: Int, limit: Int
  ) {
    (self.vocabulary, before, self.book) = (vocabulary, book, book)
    (self.day, self.minCount, self.limit) = (Int32(day), minCount, limit)
    self.book.waiting = []
  }

  mutating func add(_ value: String, _ count: Int) {
    passOver(before: value)
    var total = Double(count)
    if next < before.waiting.count, Self.equals(before.waiting[next].value, value) {
      total += before.waiting[next].count * Admission.decay
      next += 1
    }
    if let rank = vocabulary.rank(of: value) {
      book.seen[rank] = day
    } else if total >= Double(minCount) {
      candidates.append(ValueLedger.Waiting(value: value, count: total))
    } else {
      book.waiting.append(ValueLedger.Waiting(value: value, count: total))
    }
  }

  /// Values that waited and were not seen today wait on, with less.
  private mutating func passOver(before value: String?) {
    while next < before.waiting.count {
      var waiting = before.waiting[next]
      if let value, !Self.precedes(waiting.value, value) { return }
      next += 1
      waiting.count *= Admission.decay
      if waiting.count >= Admission.least { book.waiting.append(waiting) }
    }
  }

  // By bytes: strings of other bytes may be equal, and the encoder tells them apart.
  private static func equals(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  mutating func finish(
    _ admission: Admission
  ) -> (Vocabulary, ValueLedger.Book, EncoderGrowth.Change) {
    passOver(before: nil)
    var values = vocabulary.values
    var expired = 0
    for rank in values.indices where values[rank] != nil {
      if let days = admission.expireAfter, Int(day - book.seen[rank]) >= days {
        values[rank] = nil
        expired += 1
      }
    }
    let room = limit - values.count { $0 != nil }
    let ranked = candidates.sorted {
      $0.count != $1.count ? $0.count > $1.count : Self.precedes($0.value, $1.value)
    }
    var (free, admitted) = (values.indices.filter { values[$0] == nil }[...], [Int]())
    for candidate in ranked.prefix(max(room, 0)) {
      let rank = free.popFirst() ?? values.count
      if rank == values.count {
        values.append(nil)
        book.since.append(0)
        book.seen.append(0)
      }
      values[rank] = candidate.value
      (book.since[rank], book.seen[rank]) = (day, day)
      admitted.append(rank)
    }
    let beyond = ranked.dropFirst(max(room, 0))
    if !beyond.isEmpty {
      book.waiting = (book.waiting + beyond).sorted { Self.precedes($0.value, $1.value) }
    }
    let change = EncoderGrowth.Change(
      field: book.field, admitted: admitted, freed: Array(free), expired: expired,
      waiting: book.waiting.count, beyondLimit: beyond.count)
    let grown = Vocabulary(values) ?? vocabulary
    book.values = grown.fingerprint
    return (grown, book, change)
  }
}
