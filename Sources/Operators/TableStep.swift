/// What ``Backend/sumTable(_:input:)`` and ``Backend/updateTable(_:input:)`` work on: a table, the derivatives by what was looked up in it,
/// and how it is updated.
public struct TableStep<Buffer> {
  /// The lookup's shape.
  public let shape: Lookup
  /// dy, [rows × fields·width] or [rows × width].
  public internal(set) var dy: Buffer
  /// The optimizer.
  public let optimizer: Optimizer
  /// This step's learning rate.
  public let rate: Float
  /// λ of L2.
  public internal(set) var l2: Float
  /// How many steps this makes, from 1.
  public let step: Int
  /// Which rows are updated.
  public internal(set) var region = TableRegion.touched
  /// V, [features × width].
  public let table: Buffer
  /// The optimizer's own numbers, see ``Optimizer/stateSizes(rows:columns:)``.
  public let state: [Buffer]
  /// What the gradient with L2 is multiplied by, [1].
  public let scale: Buffer
  /// Memory for the gradient, ``Lookup/stepWorkspace(rows:)`` scalars that nobody else writes; all 0 before the
  /// first step.
  public let gradient: Buffer
  /// Where the norm of the gradients is bounded: receives numbers whose sum is ‖g‖², g being the table's
  /// gradient with L2; ``squaresCount`` scalars that nobody else writes.
  public internal(set) var squares: Buffer?
  /// Whether the table has been written to since the last step, or there was none.
  public internal(set) var isTableNew = true

  /// Whether ``Backend/sumTable(_:input:)`` comes before the update: where other rows than those of the
  /// batch's ids have a gradient too, or the norm is to be known before.
  public var isInHalves: Bool { region == .whole || squares != nil }

  /// How many scalars ``squares`` has.
  public var squaresCount: Int { shape.squaresCount(region: region, l2: l2) }

  /// What the step updates.
  func extent<Input>(_ input: Input) -> Extent<Input> {
    Extent(region, of: input, rows: shape.layout.features, width: shape.width)
  }

  /// The same by other derivatives.
  func replacing(dy: Buffer) -> TableStep {
    var step = self
    step.dy = dy
    return step
  }
}

extension Lookup {
  /// How many scalars of memory the step of a table takes where ids have owners.
  ///
  /// - Parameter rows: the rows of the largest batch.
  func stepWorkspace(rows: Int) -> Int {
    // A sum for each feature; or the sums of the batch's ids one after the other, then for each feature
    // the place of its sum, and a row of zeros.
    width == 1 ? layout.features : touchedCount(rows: rows) + layout.features + width
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

  /// How many parts the square of a gradient's norm has, see ``TableStep/squares``: those of the slots where
  /// ids are first met, and, of L2 on a whole table, those of blocks of rows.
  func squaresCount(region: TableRegion, l2: Float) -> Int {
    slotSquaresCount + (region == .whole && l2 > 0 ? blocks : 0)
  }

  /// The parts of the slots; each has a line of memory for itself, `APART` in `table_step.cl`.
  var slotSquaresCount: Int { 16 * layout.slots }

  /// The rows of a block of a pass over the table: what stays in a core's nearer caches, and begins
  /// where a vector may.
  var blockRows: Int { max(8192 / max(width, 1) & ~7, 8) }

  /// How many blocks the table has.
  var blocks: Int { (layout.features + blockRows - 1) / blockRows }
}

extension Backend {
  /// No: gradients are summed by distinct ids.
  public var ownsIds: Bool { false }

  /// The operators that it is made of, one after the other.
  public func updateTable(_ step: TableStep<Buffer>, input: Input) throws {
    try updateGroupedTable(step, input: input)
  }

  /// The same by the batch's distinct ids.
  func updateGroupedTable(_ step: TableStep<Buffer>, input: Input) throws {
    if !step.isInHalves { try sumGroupedTable(step, input: input) }
    try update(
      step.optimizer, rate: step.rate, step: step.step, weight: step.table, gradient: step.gradient,
      state: step.state, scale: step.scale, extent: step.extent(input))
  }

  /// The gradient with L2 by the batch's distinct ids, as long as what the step updates.
  func sumGroupedTable(_ step: TableStep<Buffer>, input: Input) throws {
    try lookupGradient(
      step.shape, input: input, dy: step.dy, region: step.region, dtable: step.gradient, dbias: nil)
    try penalize(
      step.l2, weight: step.table, gradient: step.gradient, extent: step.extent(input))
  }
}
