/// Some rows of a dataset that lie together: in memory of their own, or in a mapped file.
final class Segment: @unchecked Sendable {
  // Sendable since nothing is written once it is made.

  /// The number of rows, and of id slots a row.
  let rows: Int
  let slots: Int
  /// [rows × slots]
  let ids: UnsafePointer<Int32>
  /// [rows × slots], nil where all are 1.
  let values: UnsafePointer<Float>?
  /// [rows]
  let labels: UnsafePointer<Float>
  /// [rows], nil where all are 1.
  let weights: UnsafePointer<Float>?
  private let owner: Owner

  /// Whose the memory is.
  enum Owner {
    /// The segment's own, to be given back.
    case memory
    /// The mapping's, which stays as long as the segment.
    case mapping(MappedFile)
  }

  /// Rows of a mapped file.
  init(
    rows: Int, slots: Int, ids: UnsafePointer<Int32>, values: UnsafePointer<Float>?,
    labels: UnsafePointer<Float>, weights: UnsafePointer<Float>?, of file: MappedFile
  ) {
    (self.rows, self.slots) = (rows, slots)
    (self.ids, self.values, self.labels, self.weights) = (ids, values, labels, weights)
    owner = .mapping(file)
  }

  /// Rows of arrays.
  convenience init(
    slots: Int, ids: [Int32], values: [Float]?, labels: [Float], weights: [Float]?
  ) {
    self.init(
      rows: labels.count, slots: slots, isWeighted: values != nil, hasWeights: weights != nil
    ) { target in
      target.ids.update(from: ids, count: ids.count)
      if let values { target.values?.update(from: values, count: values.count) }
      target.labels.update(from: labels, count: labels.count)
      if let weights { target.weights?.update(from: weights, count: weights.count) }
    }
  }

  /// Where the rows of a new segment are to be written.
  struct Target {
    let ids: UnsafeMutablePointer<Int32>
    let values: UnsafeMutablePointer<Float>?
    let labels: UnsafeMutablePointer<Float>
    let weights: UnsafeMutablePointer<Float>?
  }

  /// Rows in memory, written by `fill`, which leaves no gap.
  init(
    rows: Int, slots: Int, isWeighted: Bool, hasWeights: Bool, _ fill: (Target) -> Void
  ) {
    let target = Target(
      ids: .allocate(capacity: rows * slots),
      values: isWeighted ? .allocate(capacity: rows * slots) : nil,
      labels: .allocate(capacity: rows), weights: hasWeights ? .allocate(capacity: rows) : nil)
    fill(target)
    (self.rows, self.slots) = (rows, slots)
    ids = UnsafePointer(target.ids)
    values = target.values.map { UnsafePointer($0) }
    labels = UnsafePointer(target.labels)
    weights = target.weights.map { UnsafePointer($0) }
    owner = .memory
  }

  deinit {
    guard case .memory = owner else { return }
    ids.deallocate()
    values?.deallocate()
    labels.deallocate()
    weights?.deallocate()
  }
}
