import OpenCL

extension OpenCLBackend {
  /// On a device whose work-items own ids, while a sum fits into four vectors.
  public func fusesMachine(_ shape: Lookup) -> Bool {
    ownsIds && shape.width + 1 <= 4 * library.tuning.lanes
  }

  public func machine(
    _ shape: Lookup, input: OpenCLInput, table: Buffer, weights: Buffer, bias: Buffer,
    sums: Buffer, y: Buffer
  ) throws {
    guard fusesMachine(shape) else {
      return try composedMachine(
        shape, input: input, table: table, weights: weights, bias: bias, sums: sums, y: y)
    }
    try run(
      "machine", of: "fm_fused", items: input.rows, input.rows, shape.layout.fields, shape.width,
      input.ids, table, weights, bias, sums, y)
  }

  public func updateMachine(
    _ table: TableStep<Buffer>, _ weights: TableStep<Buffer>, sums: Buffer, input: OpenCLInput
  ) throws {
    guard fusesMachine(table.shape), let ownership = input.ownership else {
      return try updateComposedMachine(table, weights, input: input)
    }
    let owners = try owners(ownership, of: input)
    let firstRank = table.shape.machineWorkspace(rows: input.capacity) - table.shape.layout.features
    try library.kernel("update_machine", of: "fm_fused").launch(
      on: queue, global: [ownership.most], local: [1], input.rows, table.shape.layout.fields,
      table.shape.width, ownership.most, owners, input.ids, sums, weights.dy, ownership.lists,
      table.gradient, firstRank, table.scale, table.rule, table.table, table.state.first ?? none,
      table.state.last ?? none, weights.rule, weights.table, weights.state.first ?? none,
      weights.state.last ?? none)
  }
}

extension TableStep {
  /// The kernels' form of the optimizer.
  var rule: Structure<Rule> {
    optimizer.rule(rate: rate, l2: l2, step: step, width: shape.width)
  }
}
