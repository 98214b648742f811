import Support

/// Some rows of a dataset that lie together: in memory of their own, or in a mapped file.
package final class Segment: @unchecked Sendable {
  // Sendable since nothing is written once it is made.

  /// Where the parts of rows are.
  package struct Pointers {
    /// [rows × slots]
    package var ids: UnsafeMutablePointer<Int32>
    /// [rows × slots], nil where all are 1.
    package var values: UnsafeMutablePointer<Float>?
    /// [rows]
    package var labels: UnsafeMutablePointer<Float>
    /// [rows], nil where all are 1.
    package var weights: UnsafeMutablePointer<Float>?
    /// Seconds since 1970, [rows], nil where the schema has no time.
    package var times: UnsafeMutablePointer<Int64>?
    /// [rows], nil where the schema has no group.
    package var groups: UnsafeMutablePointer<UInt64>?

    package init(
      ids: UnsafeMutablePointer<Int32>, values: UnsafeMutablePointer<Float>?,
      labels: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>?,
      times: UnsafeMutablePointer<Int64>?, groups: UnsafeMutablePointer<UInt64>?
    ) {
      (self.ids, self.values, self.labels) = (ids, values, labels)
      (self.weights, self.times, self.groups) = (weights, times, groups)
    }
  }

  /// The number of rows.
  package let rows: Int
  private let pointers: Pointers
  /// The mapping whose memory it is; nil where it is the segment's own.
  private let file: MappedFile?

  package var ids: UnsafePointer<Int32> { UnsafePointer(pointers.ids) }
  package var values: UnsafePointer<Float>? { pointers.values.map { UnsafePointer($0) } }
  package var labels: UnsafePointer<Float> { UnsafePointer(pointers.labels) }
  package var weights: UnsafePointer<Float>? { pointers.weights.map { UnsafePointer($0) } }
  package var times: UnsafePointer<Int64>? { pointers.times.map { UnsafePointer($0) } }
  package var groups: UnsafePointer<UInt64>? { pointers.groups.map { UnsafePointer($0) } }

  /// Rows of a mapped file.
  package init(rows: Int, _ pointers: Pointers, of file: MappedFile) {
    (self.rows, self.pointers, self.file) = (rows, pointers, file)
  }

  /// Rows in memory, written by `fill`, which leaves no gap.
  package init(rows: Int, slots: Int, _ kind: RowKind, _ fill: (Pointers) -> Void) {
    self.rows = rows
    pointers = Pointers(
      ids: .allocate(capacity: rows * slots),
      values: kind.isWeighted ? .allocate(capacity: rows * slots) : nil,
      labels: .allocate(capacity: rows),
      weights: kind.hasWeights ? .allocate(capacity: rows) : nil,
      times: kind.hasTimes ? .allocate(capacity: rows) : nil,
      groups: kind.hasGroups ? .allocate(capacity: rows) : nil)
    file = nil
    fill(pointers)
  }

  /// Rows of arrays.
  package convenience init(
    slots: Int, ids: [Int32], values: [Float]?, labels: [Float], weights: [Float]?,
    times: [Int64]? = nil, groups: [UInt64]? = nil
  ) {
    let kind = RowKind(
      isWeighted: values != nil, hasWeights: weights != nil, hasTimes: times != nil,
      hasGroups: groups != nil)
    self.init(rows: labels.count, slots: slots, kind) { target in
      func copy<Element>(_ source: [Element]?, _ target: UnsafeMutablePointer<Element>?) {
        if let source { target?.initialize(from: source, count: source.count) }
      }
      copy(ids, target.ids)
      copy(values, target.values)
      copy(labels, target.labels)
      copy(weights, target.weights)
      copy(times, target.times)
      copy(groups, target.groups)
    }
  }

  /// Lets the system read the ids and values of rows ahead, where they lie in a file.
  package func fetch(_ rows: Range<Int>, slots: Int) {
    guard let file else { return }
    file.fetch(ids + rows.lowerBound * slots, count: 4 * rows.count * slots)
    if let values { file.fetch(values + rows.lowerBound * slots, count: 4 * rows.count * slots) }
  }

  deinit {
    guard file == nil else { return }
    pointers.ids.deallocate()
    pointers.values?.deallocate()
    pointers.labels.deallocate()
    pointers.weights?.deallocate()
    pointers.times?.deallocate()
    pointers.groups?.deallocate()
  }
}

/// What rows have beside ids and labels.
package struct RowKind: Sendable, Hashable {
  /// Whether slots carry values.
  package var isWeighted = false
  /// Whether there are sample weights, times and groups.
  package var hasWeights = false
  package var hasTimes = false
  package var hasGroups = false

  package init(
    isWeighted: Bool = false, hasWeights: Bool = false, hasTimes: Bool = false,
    hasGroups: Bool = false
  ) {
    (self.isWeighted, self.hasWeights) = (isWeighted, hasWeights)
    (self.hasTimes, self.hasGroups) = (hasTimes, hasGroups)
  }

  /// The bytes of a row.
  package func size(slots: Int) -> Int {
    slots * (isWeighted ? 8 : 4) + 4 + (hasWeights ? 4 : 0) + (hasTimes ? 8 : 0)
      + (hasGroups ? 8 : 0)
  }
}
