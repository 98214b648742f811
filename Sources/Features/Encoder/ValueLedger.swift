/// What is known of an encoder's values from day to day, beside the encoder: when each was last seen, and how
/// often those were that have no row yet. A day is a training that learns new values.
package struct ValueLedger: Sendable, Codable, Equatable {
  /// The values of one vocabulary.
  package struct Book: Sendable, Codable, Equatable {
    /// The field whose vocabulary it is, or the first of those that share it.
    package var field: String
    /// A hash of its values by their ranks, which tells those of another model.
    package var values: String
    /// The day on which the value of each rank got it.
    package var since: [Int32]
    /// The last day on which the value of each rank was seen.
    package var seen: [Int32]
    /// Values without a row, in the order of their bytes.
    package var waiting: [Waiting] = []
  }

  /// A value that was not seen often enough.
  package struct Waiting: Sendable, Codable, Equatable {
    package var value: String
    /// How often it was seen, that of days before halved from each day to the next.
    package var count: Double
  }

  /// The days so far; 0 where values were only learned once.
  package internal(set) var day = 0
  package internal(set) var books: [Book]

  /// That of an encoder whose values were all learned at once.
  package init(_ encoder: FeatureEncoder) {
    books = encoder.vocabularyOwners.map { field in
      let days = [Int32](repeating: 0, count: field.vocabulary.count)
      return Book(
        field: field.field.name, values: field.vocabulary.fingerprint, since: days, seen: days)
    }
  }

  /// Whether it is about the values of an encoder.
  package func fits(_ encoder: FeatureEncoder) -> Bool {
    let owners = encoder.vocabularyOwners
    return books.count == owners.count
      && zip(books, owners).allSatisfy { book, field in
        book.field == field.field.name && book.values == field.vocabulary.fingerprint
          && book.seen.count == field.vocabulary.count && book.since.count == book.seen.count
      }
  }

  /// The mean age of all values, in days since they got their rows; nil where there are none.
  package func meanAge(of encoder: FeatureEncoder) -> Double? {
    var (sum, count) = (0.0, 0)
    for (book, field) in zip(books, encoder.vocabularyOwners) {
      for rank in book.since.indices where !field.vocabulary.isFree(rank) {
        sum += Double(day - Int(book.since[rank]))
        count += 1
      }
    }
    return count > 0 ? sum / Double(count) : nil
  }
}

/// Which values of a day get a row of their own, and which lose theirs.
package struct Admission: Sendable, Hashable {
  /// A value that was seen on none of so many days loses its row; nil to keep all.
  package var expireAfter: Int?

  /// What a day's count is worth on the next.
  package static let decay = 0.5
  /// Counts below this are forgotten.
  package static let least = 0.25

  package init(expireAfter: Int? = nil) {
    precondition(expireAfter ?? 1 >= 1)
    self.expireAfter = expireAfter
  }
}
