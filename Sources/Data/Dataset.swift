import Support

/// An encoded log: rows in memory, or in mapped files that are read as they are needed.
///
/// Whatever takes a dataset does not see the difference. ``Dataset`` is a handle: copies share the
/// rows.
package struct Dataset: Sendable {
  /// How the ids of a row are laid out.
  package let layout: BatchLayout
  /// The number of samples.
  package let rows: Int
  /// Whether the log had labels.
  package let isLabelled: Bool
  /// What each field held; empty where the dataset was not made by an encoder.
  package let statistics: [FieldStatistics]
  /// What rows have beside ids and labels.
  package let kind: RowKind
  /// The rows, one segment after the other; none is empty.
  package let segments: [Segment]
  /// The first row of each segment, and the end.
  package let starts: [Int]

  /// - Parameter given: what rows have beside ids; nil for what the first segment has.
  /// - Precondition: the segments have the layout's slots and are all of one kind.
  package init(
    layout: BatchLayout, kind given: RowKind? = nil, segments: [Segment], isLabelled: Bool,
    statistics: [FieldStatistics]
  ) {
    self.layout = layout
    self.segments = segments.filter { $0.rows > 0 }
    let first = segments.first
    kind =
      given
      ?? RowKind(
        isWeighted: layout.weighted, hasWeights: first?.weights != nil,
        hasTimes: first?.times != nil, hasGroups: first?.groups != nil)
    self.isLabelled = isLabelled
    self.statistics = statistics
    starts = self.segments.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rows) }
    rows = starts[starts.count - 1]
  }

  package init(
    layout: BatchLayout, ids: [Int32], values: [Float]?, labels: [Float], weights: [Float]?,
    times: [Int64]? = nil, groups: [UInt64]? = nil, isLabelled: Bool, statistics: [FieldStatistics]
  ) {
    self.init(
      layout: layout,
      segments: [
        Segment(
          slots: layout.slots, ids: ids, values: values, labels: labels, weights: weights,
          times: times, groups: groups)
      ], isLabelled: isLabelled, statistics: statistics)
  }

  /// A dataset of ids that are numbered already.
  ///
  /// - Parameters:
  ///   - layout: how the ids of a row are laid out.
  ///   - ids: [rows × slots].
  ///   - values: [rows × slots] where the layout is weighted, else nil.
  ///   - labels: [rows], each 0 or 1.
  ///   - weights: [rows], finite, from 0, or nil.
  /// - Throws: ``UserError`` for a count, id, value, label or weight that is not as described.
  package init(
    layout: BatchLayout, ids: [Int32], values: [Float]? = nil, labels: [Float],
    weights: [Float]? = nil
  ) throws {
    func check(_ found: String?, _ expected: String) throws {
      guard let found else { return }
      throw UserError(
        "dataset", found: found, expected: expected, remedy: "correct the arrays given")
    }
    let cells = labels.count * layout.slots
    try check(
      ids.count == cells ? nil : "\(ids.count) ids",
      "\(labels.count) rows × \(layout.slots) slots")
    try check(
      values?.count == (layout.weighted ? cells : nil)
        ? nil : values.map { "\($0.count) values" } ?? "no values",
      layout.weighted ? "\(cells), since the layout is weighted" : "none: the layout says all are 1"
    )
    try check(
      weights?.count ?? labels.count == labels.count ? nil : "\(weights?.count ?? 0) weights",
      "\(labels.count), one a row")
    try check(
      ids.first { $0 < Batch.absent || Int($0) >= layout.features }.map { "id \($0)" },
      "\(Batch.absent) or an id below \(layout.features)")
    try check(labels.first { $0 != 0 && $0 != 1 }.map { "label \($0)" }, "0 or 1")
    try check(values?.first { !$0.isFinite }.map { "value \($0)" }, "a finite number")
    try check(
      weights?.first { !($0 >= 0 && $0.isFinite) }.map { "weight \($0)" }, "a finite number from 0")
    self.init(
      layout: layout, ids: ids, values: values, labels: labels, weights: weights,
      isLabelled: true, statistics: [])
  }

  /// Feature ids, [rows × slots], each in 0..<features or ``Batch/absent``. A copy of them all.
  package var ids: [Int32] { copy(width: layout.slots) { $0.ids } }
  /// The value x of each slot, [rows × slots], or nil where all are 1. A copy of them all.
  package var values: [Float]? {
    layout.weighted ? copy(width: layout.slots) { $0.values! } : nil
  }
  /// Clicks, [rows], each 0 or 1; all 0 where the log has none. A copy of them all.
  package var labels: [Float] { copy(width: 1) { $0.labels } }
  /// Sample weights, [rows], or nil where all are 1. A copy of them all.
  package var weights: [Float]? { hasWeights ? copy(width: 1) { $0.weights! } : nil }
  /// When each row was, in seconds since 1970 UTC, [rows], nil where the schema has no time. A copy.
  package var times: [Int64]? { kind.hasTimes ? copy(width: 1) { $0.times! } : nil }
  /// Which group each row is of, as a hash, [rows], nil where the schema has no group. A copy.
  package var groups: [UInt64]? { kind.hasGroups ? copy(width: 1) { $0.groups! } : nil }

  /// How many rows are clicks.
  package var clicks: Int {
    segments.reduce(0) { sum, segment in
      sum + UnsafeBufferPointer(start: segment.labels, count: segment.rows).count { $0 == 1 }
    }
  }

  /// Whether samples have weights.
  package var hasWeights: Bool { kind.hasWeights }
  /// Whether any sample weighs more than 0.
  package var hasWeight: Bool {
    segments.contains { segment in
      guard let weights = segment.weights else { return true }
      return (0..<segment.rows).contains { weights[$0] > 0 }
    }
  }

  private func copy<Element>(
    width: Int, _ part: (Segment) -> UnsafePointer<Element>
  ) -> [Element] {
    [Element](unsafeUninitializedCapacity: rows * width) { target, initialized in
      for (segment, start) in zip(segments, starts) {
        (target.baseAddress! + start * width).initialize(
          from: part(segment), count: segment.rows * width)
      }
      initialized = rows * width
    }
  }
}

/// What one field held when a log was encoded.
package struct FieldStatistics: Sendable, Hashable, Codable {
  /// The field's name.
  package var field: String
  /// The rows of the embedding table that the field owns.
  package var cardinality: Int
  /// How many values were not in the vocabulary.
  package var unknown = 0
  /// How many rows had no value.
  package var missing = 0
  /// How many values were cut off because their list was too long.
  package var cut = 0
  /// How many numbers were so far out that they were taken for the farthest there may be; nil for none.
  package var bounded: Int?

  package init(field: String, cardinality: Int) {
    (self.field, self.cardinality) = (field, cardinality)
  }

  /// Adds what other rows held.
  package mutating func merge(_ other: FieldStatistics) {
    unknown += other.unknown
    missing += other.missing
    cut += other.cut
    if let more = other.bounded { bounded = (bounded ?? 0) + more }
  }
}
