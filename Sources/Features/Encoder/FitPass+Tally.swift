import Support

/// What the counting pass has learned of a field beside how often its values were seen: numbers that add up.
package struct FieldSums: Codable, Sendable, Equatable {
  /// How many numbers there were, their sum and that of their squares, each as an ``ExactSum``.
  var numbers = 0
  var sum: [Int64] = []
  var squares: [Int64] = []
  /// How often each rounded number was seen, by its bits in decimal; nil for fields without quantiles.
  var histogram: [String: Int]?
  /// The longest list.
  var longest = 1
}

extension FitPass {
  /// What was learned beside the counts, field by field.
  package var fieldSums: [FieldSums] {
    (0..<fields.count).map { fields.base[$0].tally }
  }

  /// Takes in what another pass of the same schema has learned.
  ///
  /// - Returns: false where the tallies are none of this schema.
  package func merge(_ sums: [FieldSums]) -> Bool {
    guard sums.count == fields.count else { return false }
    for (field, tally) in sums.enumerated() {
      guard fields.base[field].merge(tally) else { return false }
    }
    return true
  }
}

extension FitPass.Learned {
  fileprivate var tally: FieldSums {
    FieldSums(
      numbers: numbers.count, sum: numbers.sum.carried, squares: numbers.sumOfSquares.carried,
      histogram: histogram?.tally, longest: longest)
  }

  fileprivate mutating func merge(_ tally: FieldSums) -> Bool {
    guard let sum = ExactSum(chunks: tally.sum), let squares = ExactSum(chunks: tally.squares),
      (tally.histogram == nil) == (histogram == nil)
    else { return false }
    numbers.merge(NumberSummary(count: tally.numbers, sum: sum, sumOfSquares: squares))
    longest = max(longest, tally.longest)
    return tally.histogram.map { histogram?.merge($0) ?? false } ?? true
  }
}

extension ValueCounter {
  /// How many vocabularies are counted.
  package var vocabularies: Int { counts.count }

  /// Whether a vocabulary has more values than its limit, which are not kept then.
  package func isOver(_ vocabulary: Int) -> Bool { counts[vocabulary].isOver }

  /// Takes what a vocabulary had too many values for.
  package func setOver(_ vocabulary: Int) {
    let counts = counts[vocabulary]
    counts.lock.withLock { _ in counts.giveUp() }
  }

  /// Counts a value so many times.
  package func add(_ count: Int, of value: UnsafeRawBufferPointer, to vocabulary: Int) {
    add(count, of: ByteKey(value), to: vocabulary)
  }
}
