/// What ``Backend/updateTable(_:input:)`` works on: a table, the derivatives by what was looked up in it,
/// and how it is updated.
public struct TableStep<Buffer> {
  /// The lookup's shape.
  public let shape: Lookup
  /// dy, [rows × fields·width] or [rows × width].
  public let dy: Buffer
  /// The optimizer.
  public let optimizer: Optimizer
  /// This step's learning rate.
  public let rate: Float
  /// λ of L2.
  public let l2: Float
  /// How many steps this makes, from 1.
  public let step: Int
  /// V, [features × width].
  public let table: Buffer
  /// The optimizer's own numbers, see ``Optimizer/stateSizes(rows:columns:)``.
  public let state: [Buffer]
  /// What the gradient with L2 is multiplied by, [1].
  public let scale: Buffer
  /// Memory for the gradient, ``Lookup/stepWorkspace(rows:)`` scalars that nobody else writes; all 0 before the
  /// first step.
  public let gradient: Buffer

  /// The same by other derivatives.
  func replacing(dy: Buffer) -> TableStep {
    TableStep(
      shape: shape, dy: dy, optimizer: optimizer, rate: rate, l2: l2, step: step, table: table,
      state: state, scale: scale, gradient: gradient)
  }
}

extension Lookup {
  /// How many scalars of memory ``Backend/updateTable(_:input:)`` takes for the gradient of the table.
  ///
  /// - Parameter rows: the rows of the largest batch.
  func stepWorkspace(rows: Int) -> Int {
    // A sum for each feature; or the sums of the batch's ids one after the other, then for each feature
    // the place of its sum.
    width == 1 ? layout.features : touchedCount(rows: rows) + layout.features
  }

  /// The same for the table of ``Backend/updateMachine(_:_:sums:input:)``: the weights' gradients are
  /// beside the rows', whole vectors of up to 16.
  func machineWorkspace(rows: Int) -> Int {
    touchedCount(rows: rows) / width * machineStride + layout.features
  }

  /// The most scalars that such a sum takes.
  var machineStride: Int { (width + 1 + 15) & ~15 }

  /// The most scalars that the gradient of the rows touched by a batch has.
  func touchedCount(rows: Int) -> Int { min(layout.features, rows * layout.slots) * width }
}

extension Backend {
  /// No: the ids of batches come grouped.
  public var ownsIds: Bool { false }

  /// The operators that it is made of, one after the other.
  public func updateTable(_ step: TableStep<Buffer>, input: Input) throws {
    try updateGroupedTable(step, input: input)
  }

  /// The same with the occurrences of a grouped batch.
  func updateGroupedTable(_ step: TableStep<Buffer>, input: Input) throws {
    try lookupGradient(
      step.shape, input: input, dy: step.dy, region: .touched, dtable: step.gradient, dbias: nil)
    let extent = Extent.touched(input, width: step.shape.width)
    try penalize(step.l2, weight: step.table, gradient: step.gradient, extent: extent)
    try update(
      step.optimizer, rate: step.rate, step: step.step, weight: step.table, gradient: step.gradient,
      state: step.state, scale: step.scale, extent: extent)
  }
}
