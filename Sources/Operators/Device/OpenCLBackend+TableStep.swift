import OpenCL

/// A table's step in two halves, see `table_step.cl`.
extension OpenCLBackend {
  public func sumTable(_ step: TableStep<Buffer>, input: OpenCLInput) throws {
    guard let ownership = input.ownership else {
      try sumGroupedTable(step, input: input)
      guard let squares = step.squares else { return }
      return try sumSquares(
        step.gradient, of: step.extent(input), into: squares, blocks: step.squaresCount)
    }
    try prepareSquares(of: step)
    let owners = try owners(ownership, of: input)
    try library.kernel("sum_owned", of: "embedding_update_two_pass").launch(
      on: queue, global: [ownership.most], local: [1], walk(step.shape, input), ownership.most,
      owners, input.slotFields, input.ids, input.values, step.dy, ownership.lists, step.gradient,
      step.squares == nil ? 0 : 1, step.region == .whole ? 1 : 0, step.l2, step.table,
      step.squares ?? none)
  }

  /// The parts of the slots are summed up from 0 in each step. Those of the weights' squares are what the
  /// step before left, unless the table has been written to since.
  private func prepareSquares(of step: TableStep<Buffer>) throws {
    guard let squares = step.squares else { return }
    let shape = step.shape
    try fill(squares, with: 0, count: shape.slotSquaresCount)
    guard step.isTableNew, step.region == .whole, step.l2 > 0 else { return }
    try library.kernel("square_weights", of: "embedding_update_two_pass").launch(
      on: queue, global: [shape.blocks], local: [1], shape.layout.features, shape.width,
      shape.blockRows, step.l2, step.table, squares, shape.slotSquaresCount)
  }

  /// The second half, by the sums that the owners of ids left.
  func updateSummed(
    _ step: TableStep<Buffer>, input: OpenCLInput, _ ownership: IDOwnership
  ) throws {
    let shape = step.shape
    switch step.region {
    case .touched:
      try library.kernel("update_summed", of: "embedding_update_two_pass").launch(
        on: queue, global: [ownership.most], local: [1], shape.width, firstRank(shape, input),
        ownership.most, ownership.owners, ownership.lists, step.gradient, step.rule, step.scale,
        step.table, step.state.first ?? none, step.state.last ?? none)
    case .whole:
      // What the next step's norm needs of the weights is had on the way.
      let squares = step.l2 > 0 ? step.squares : nil
      try library.kernel("update_whole", of: "embedding_update_two_pass").launch(
        on: queue, global: [shape.blocks], local: [1], shape.layout.features, shape.width,
        shape.blockRows, firstRank(shape, input), step.gradient, step.rule, step.scale,
        step.table, step.state.first ?? none, step.state.last ?? none, squares == nil ? 0 : 1,
        squares ?? none, shape.slotSquaresCount)
    }
  }
}
