import Features

/// Some steps of an optimizer on a table, each with a batch of its own and the derivatives by what was
/// looked up.
struct TableStepTrial: Trial {
  /// The ids of the batches.
  let ids: IdPattern
  /// The table's columns.
  let width: Int
  /// What a sample's slots are summed into.
  let target: Lookup.Target
  /// The optimizer.
  let optimizer: Optimizer
  /// λ of L2.
  let l2: Float
  /// How many steps.
  var steps = 3

  func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B> {
    let shape = Lookup(layout: ids.layout, width: width, target: target)
    try backend.reserveScratch(forTablesLike: shape, rows: rows)
    let features = ids.layout.features
    func slot(_ name: String, count: Int, draw: Draw = .signed) throws -> Stage<B>.Slot {
      Stage.Slot(
        name: name, buffer: try backend.makeBuffer(name, count: count), count: count, draw: draw)
    }
    let sizes = optimizer.stateSizes(rows: features, columns: width)
    var parameter = [try slot("weight", count: features * width)]
    for (index, size) in sizes.enumerated() {
      parameter.append(try slot("state \(index)", count: size, draw: .positive))
    }
    let scale = try slot("scale", count: 1, draw: .constant(0.5))
    let workspace = shape.stepWorkspace(rows: max(rows, 1))
    let gradient = try backend.makeBuffer("gradient", count: workspace)
    var batches: [(input: B.Input, dy: Stage<B>.Slot)] = []
    var touched = Set<Int32>()
    for step in 0..<steps {
      let batch = ids.batch(rows: rows, number: step)
      let input = try backend.makeInput(layout: ids.layout, capacity: max(rows, 1))
      try backend.upload(batch, to: input)
      batches.append((input, try slot("dy \(step)", count: rows * shape.outputWidth)))
      touched.formUnion(batch.occurrences.ids)
    }
    let (weight, states) = (parameter[0].buffer, parameter.dropFirst().map(\.buffer))
    let inputs = parameter + batches.map(\.dy) + [scale]
    for index in parameter.indices {
      parameter[index].rows = TableRows(
        width: width, features: features, touched: touched.sorted()
      ).resized(to: parameter[index].count)
    }
    let gathered = rows * shape.layout.slots * width
    let updated = touched.count * width / max(steps, 1)
    return Stage(
      backend: backend, inputs: inputs, outputs: parameter,
      terms: max(rows * shape.layout.slots, 1) * steps,
      cost: (
        Cost(
          flops: steps * (2 * gathered + 12 * updated),
          scalars: steps
            * (rows * shape.outputWidth + rows * shape.layout.slots
              + updated * (2 + 2 * sizes.count))), .none
      ),
      forward: {
        for (step, batch) in batches.enumerated() {
          try backend.updateTable(
            TableStep(
              shape: shape, dy: batch.dy.buffer, optimizer: optimizer, rate: 0.125, l2: l2,
              step: step + 1, table: weight, state: states, scale: scale.buffer,
              gradient: gradient), input: batch.input)
        }
      })
  }
}

extension Backend {
  /// Provides the scratch memory of a table's gradient.
  func reserveScratch(forTablesLike shape: Lookup, rows: Int) throws {
    var graph = Graph(layout: shape.layout)
    _ = graph.embedding("table", width: shape.width)
    try reserveScratch(
      count: graph.operations.map { scratch(for: $0, capacity: max(rows, 1)) }.max() ?? 0)
  }
}
