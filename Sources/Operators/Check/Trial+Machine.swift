/// Some forward passes of a factorization machine, each with a step of its tables after it.
struct MachineTrial: Trial {
  /// The ids of the batches, one a field.
  let ids: IdPattern
  /// The columns of V.
  let width: Int
  /// The optimizer of both tables.
  let optimizer: Optimizer
  /// λ of both tables.
  let l2: Float
  /// How many passes.
  var steps = 2

  func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B> {
    let shape = Lookup(layout: ids.layout, width: width, target: .fields)
    let linear = Lookup(layout: ids.layout, width: 1, target: .sample)
    let features = ids.layout.features
    try backend.reserveScratch(forTablesLike: shape, rows: rows)
    func slot(_ name: String, count: Int, draw: Draw = .signed) throws -> Stage<B>.Slot {
      Stage.Slot(
        name: name, buffer: try backend.makeBuffer(name, count: count), count: count, draw: draw)
    }
    /// A table with its optimizer's state.
    func table(_ name: String, columns: Int) throws -> [Stage<B>.Slot] {
      let sizes = optimizer.stateSizes(rows: features, columns: columns)
      return [try slot(name, count: features * columns)]
        + (try sizes.enumerated().map {
          try slot("state \($0) of \(name)", count: $1, draw: .positive)
        })
    }
    let (rowsOfV, weights) = (try table("V", columns: width), try table("w", columns: 1))
    let (bias, scale) = (
      try slot("bias", count: 1), try slot("scale", count: 1, draw: .constant(0.5))
    )
    let gradients = (
      try backend.makeBuffer("gradient of V", count: shape.machineWorkspace(rows: max(rows, 1))),
      try backend.makeBuffer("gradient of w", count: linear.stepWorkspace(rows: max(rows, 1)))
    )
    let sums = try slot("sums", count: rows * width)
    let passes = try (0..<steps).map { step in
      let input = try backend.makeInput(layout: ids.layout, capacity: max(rows, 1), groupsIds: true)
      try backend.upload(ids.batch(rows: rows, number: step), to: input)
      try backend.groupIds(input)
      return (
        input: input, dz: try slot("dz \(step)", count: rows), y: try slot("y \(step)", count: rows)
      )
    }
    func step(
      _ number: Int, _ shape: Lookup, _ table: [Stage<B>.Slot], _ dz: B.Buffer, _ gradient: B.Buffer
    ) -> TableStep<B.Buffer> {
      TableStep(
        shape: shape, dy: dz, optimizer: optimizer, rate: 0.125, l2: l2, step: number + 1,
        table: table[0].buffer, state: table.dropFirst().map(\.buffer), scale: scale.buffer,
        gradient: gradient)
    }
    let gathered = steps * rows * ids.layout.slots * (width + 1)
    return Stage(
      backend: backend, inputs: rowsOfV + weights + [bias, scale] + passes.map(\.dz),
      outputs: passes.map(\.y) + [sums] + rowsOfV + weights,
      terms: max(rows * ids.layout.slots, width * ids.layout.slots, 1) * steps, operations: 2,
      cost: (Cost(flops: 6 * gathered, scalars: 3 * gathered), .none),
      forward: {
        for (number, pass) in passes.enumerated() {
          try backend.machine(
            shape, input: pass.input, table: rowsOfV[0].buffer, weights: weights[0].buffer,
            bias: bias.buffer, sums: sums.buffer, y: pass.y.buffer)
          try backend.updateMachine(
            step(number, shape, rowsOfV, pass.dz.buffer, gradients.0),
            step(number, linear, weights, pass.dz.buffer, gradients.1), sums: sums.buffer,
            input: pass.input)
        }
      })
  }
}
