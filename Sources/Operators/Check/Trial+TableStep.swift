/// Some steps of an optimizer on a table, each with a batch of its own and the derivatives by what was
/// looked up, in two halves where that is called for.
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
  /// Which rows are updated.
  var region = TableRegion.touched
  /// The bound on the gradient's norm; nil for none.
  var limit: Float?
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
    var scale = try slot("scale", count: 1, draw: .constant(0.5))
    scale.unit = 0
    let workspace =
      region == .touched || backend.ownsIds
      ? shape.stepWorkspace(rows: max(rows, 1)) : features * width
    let gradient = try backend.makeBuffer("gradient", count: workspace)
    let parts = shape.squaresCount(region: region, l2: l2)
    let squares = limit == nil ? nil : try backend.makeBuffer("squares", count: parts)
    var batches: [(input: B.Input, dy: Stage<B>.Slot)] = []
    var touched = Set<Int32>()
    for step in 0..<steps {
      let batch = ids.batch(rows: rows, number: step)
      let input = try backend.makeInput(layout: ids.layout, capacity: max(rows, 1), groupsIds: true)
      try backend.upload(batch, to: input)
      try backend.groupIds(input)
      batches.append((input, try slot("dy \(step)", count: rows * shape.outputWidth)))
      touched.formUnion(Occurrences(of: batch.ids).ids)
    }
    let (weight, states) = (parameter[0].buffer, parameter.dropFirst().map(\.buffer))
    let inputs = parameter + batches.map(\.dy) + [scale]
    // All rows of a whole table may change.
    for index in parameter.indices where region == .touched {
      parameter[index].rows = TableRows(
        width: width, features: features, touched: touched.sorted()
      ).resized(to: parameter[index].count)
    }
    let gathered = rows * shape.layout.slots * width
    let updated = (region == .whole ? features : touched.count / max(steps, 1)) * width
    return Stage(
      backend: backend, inputs: inputs, outputs: parameter + (limit == nil ? [] : [scale]),
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
          let step = TableStep(
            shape: shape, dy: batch.dy.buffer, optimizer: optimizer, rate: 0.125, l2: l2,
            step: step + 1, region: region, table: weight, state: states, scale: scale.buffer,
            gradient: gradient, squares: squares, isTableNew: step == 0)
          if step.isInHalves { try backend.sumTable(step, input: batch.input) }
          if let limit, let squares {
            try backend.clip([], squares: [(squares, parts)], limit: limit, scale: scale.buffer)
          }
          try backend.updateTable(step, input: batch.input)
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
