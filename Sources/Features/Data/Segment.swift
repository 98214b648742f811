/// Some rows of a dataset that lie together: in memory of their own, or in a mapped file.
final class Segment: @unchecked Sendable {
  // Sendable since nothing is written once it is made.

  /// Where the parts of rows are.
  struct Pointers {
    /// [rows × slots]
    var ids: UnsafeMutablePointer<Int32>
    /// [rows × slots], nil where all are 1.
    var values: UnsafeMutablePointer<Float>?
    /// [rows]
    var labels: UnsafeMutablePointer<Float>
    /// [rows], nil where all are 1.
    var weights: UnsafeMutablePointer<Float>?
    /// Seconds since 1970, [rows], nil where the schema has no time.
    var times: UnsafeMutablePointer<Int64>?
    /// [rows], nil where the schema has no group.
    var groups: UnsafeMutablePointer<UInt64>?
  }

  /// The number of rows.
  let rows: Int
  private let pointers: Pointers
  /// The mapping whose memory it is; nil where it is the segment's own.
  private let file: MappedFile?

  var ids: UnsafePointer<Int32> { UnsafePointer(pointers.ids) }
  var values: UnsafePointer<Float>? { pointers.values.map { UnsafePointer($0) } }
  var labels: UnsafePointer<Float> { UnsafePointer(pointers.labels) }
  var weights: UnsafePointer<Float>? { pointers.weights.map { UnsafePointer($0) } }
  var times: UnsafePointer<Int64>? { pointers.times.map { UnsafePointer($0) } }
  var groups: UnsafePointer<UInt64>? { pointers.groups.map { UnsafePointer($0) } }

  /// Rows of a mapped file.
  init(rows: Int, _ pointers: Pointers, of file: MappedFile) {
    (self.rows, self.pointers, self.file) = (rows, pointers, file)
  }

  /// Rows in memory, written by `fill`, which leaves no gap.
  init(rows: Int, slots: Int, _ kind: RowKind, _ fill: (Pointers) -> Void) {
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
  convenience init(
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
  func fetch(_ rows: Range<Int>, slots: Int) {
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
struct RowKind: Sendable, Hashable {
  /// Whether slots carry values.
  var isWeighted = false
  /// Whether there are sample weights, times and groups.
  var hasWeights = false
  var hasTimes = false
  var hasGroups = false

  /// The bytes of a row.
  func size(slots: Int) -> Int {
    slots * (isWeighted ? 8 : 4) + 4 + (hasWeights ? 4 : 0) + (hasTimes ? 8 : 0)
      + (hasGroups ? 8 : 0)
  }
}
