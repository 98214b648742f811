/// A table or dense parameter for the operators that update it.
struct UpdateTarget: Sendable {
  /// The ids of the batches; for a dense parameter nil.
  let ids: IdPattern?
  /// The parameter's columns.
  let width: Int

  /// For people.
  var name: String { ids.map { "rows touched by \($0.name), k = \(width)" } ?? "all of ×\(width)" }

  /// The number of scalars of the parameter; a dense one has as many rows as a batch.
  func count(rows: Int) -> Int { (ids?.layout.features ?? rows) * width }

  /// The extent of each of some steps, each with a batch of its own.
  func extents<B: Backend>(
    on backend: B, rows: Int, steps: Int
  ) throws -> (extents: [Extent<B.Input>], sizes: [Int], touched: TableRows?) {
    guard let ids else {
      let count = count(rows: rows)
      return (
        (0..<steps).map { _ in .whole(count: count, width: width) },
        Array(repeating: count, count: steps), nil
      )
    }
    var extents: [Extent<B.Input>] = []
    var sizes: [Int] = []
    var touched = Set<Int32>()
    for step in 0..<steps {
      let batch = ids.batch(rows: rows, number: step)
      let input = try backend.makeInput(layout: ids.layout, capacity: max(rows, 1), groupsIds: true)
      try backend.upload(batch, to: input)
      try backend.groupIds(input)
      extents.append(.touched(input, width: width))
      let occurring = Occurrences(of: batch.ids).ids
      sizes.append(occurring.count * width)
      touched.formUnion(occurring)
    }
    return (
      extents, sizes,
      TableRows(width: width, features: ids.layout.features, touched: touched.sorted())
    )
  }
}

/// Some steps of an optimizer, each on the rows of its own batch.
struct OptimizerTrial: Trial {
  /// The optimizer.
  let optimizer: Optimizer
  /// What it updates.
  let target: UpdateTarget
  /// How many steps.
  let steps: Int

  func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B> {
    let (extents, sizes, touched) = try target.extents(on: backend, rows: rows, steps: steps)
    let count = target.count(rows: rows)
    func slot(_ name: String, count: Int, draw: Draw = .signed) throws -> Stage<B>.Slot {
      Stage.Slot(
        name: name, buffer: try backend.makeBuffer(name, count: count), count: count, draw: draw)
    }
    var parameter = [try slot("weight", count: count)]
    let stateSizes = optimizer.stateSizes(rows: count / target.width, columns: target.width)
    for (index, size) in stateSizes.enumerated() {
      parameter.append(try slot("state \(index)", count: size, draw: .positive))
    }
    let gradients = try sizes.enumerated().map { try slot("gradient \($0)", count: $1) }
    let scale = try slot("scale", count: 1, draw: .constant(0.5))
    let (weight, states) = (parameter[0].buffer, parameter.dropFirst().map(\.buffer))
    let inputs = parameter + gradients + [scale]
    for index in parameter.indices {
      parameter[index].rows = touched?.resized(to: parameter[index].count)
    }
    return Stage(
      backend: backend, inputs: inputs, outputs: parameter, terms: steps,
      cost: (
        Cost(
          flops: 12 * sizes.reduce(0, +),
          scalars: 3 * sizes.reduce(0, +)
            + 2 * stateSizes.reduce(0) { $0 + $1 * sizes.reduce(0, +) / max(count, 1) }), .none
      ),
      forward: {
        for step in 0..<steps {
          try backend.update(
            optimizer, rate: 0.125, step: step + 1, weight: weight,
            gradient: gradients[step].buffer, state: states, scale: scale.buffer,
            extent: extents[step])
        }
      })
  }
}

/// L2's addition to a gradient.
struct PenaltyTrial: Trial {
  /// What is penalized.
  let target: UpdateTarget

  func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B> {
    let (extents, sizes, _) = try target.extents(on: backend, rows: rows, steps: 1)
    let count = target.count(rows: rows)
    let weight = try backend.makeBuffer("weight", count: count)
    let gradient = try backend.makeBuffer("gradient", count: sizes[0])
    let result = Stage<B>.Slot(name: "gradient", buffer: gradient, count: sizes[0])
    return Stage(
      backend: backend,
      inputs: [Stage.Slot(name: "weight", buffer: weight, count: count), result],
      outputs: [result], terms: 1,
      cost: (Cost(flops: 2 * sizes[0], scalars: 3 * sizes[0]), .none),
      forward: {
        try backend.penalize(0.25, weight: weight, gradient: gradient, extent: extents[0])
      })
  }
}

/// The scale that bounds the norm of several gradients.
struct ClipTrial: Trial {
  /// The bound.
  let limit: Float
  /// How long each gradient is, in multiples of the rows.
  let widths: [Int]

  func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B> {
    let inputs = try widths.enumerated().map { index, width in
      let name = "gradient \(index)"
      return Stage<B>.Slot(
        name: name, buffer: try backend.makeBuffer(name, count: rows * width), count: rows * width)
    }
    let scale = try backend.makeBuffer("scale", count: 1)
    let count = rows * widths.reduce(0, +)
    return Stage(
      backend: backend, inputs: inputs,
      outputs: [Stage.Slot(name: "scale", buffer: scale, count: 1, unit: 0)],
      terms: max(count, 1), cost: (Cost(flops: 2 * count, scalars: count), .none),
      forward: {
        try backend.clip(
          inputs.map { ($0.buffer, .whole(count: $0.count, width: 1)) }, squares: [], limit: limit,
          scale: scale)
      })
  }
}

/// The bound on the gradient of each row of a table.
struct RowClipTrial: Trial {
  /// The bound.
  let clip: RowClip
  /// The ids of the batch.
  let ids: IdPattern
  /// The table's columns.
  let width: Int
  /// Which rows the gradient has.
  let region: TableRegion

  func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B> {
    let batch = ids.batch(rows: rows)
    let input = try backend.makeInput(layout: ids.layout, capacity: max(rows, 1), groupsIds: true)
    try backend.upload(batch, to: input)
    try backend.groupIds(input)
    let features = ids.layout.features
    let touched = Occurrences(of: batch.ids).ids
    let count = (region == .whole ? features : touched.count) * width
    let weight = try backend.makeBuffer("weight", count: features * width)
    let gradient = try backend.makeBuffer("gradient", count: count)
    var result = Stage<B>.Slot(name: "gradient", buffer: gradient, count: count)
    result.rows = TableRows(
      width: width, features: features, touched: touched,
      isCompact: region == .touched)
    let size = touched.count * width
    return Stage(
      backend: backend,
      inputs: [
        Stage.Slot(name: "weight", buffer: weight, count: features * width),
        Stage.Slot(name: "gradient", buffer: gradient, count: count),
      ],
      outputs: [result], terms: width,
      cost: (Cost(flops: 5 * size, scalars: 3 * size), .none),
      forward: {
        try backend.clipRows(
          clip, width: width, input: input, region: region, weight: weight, gradient: gradient)
      })
  }
}

/// The distinct ids of a batch: for timing, since what they are is seen in the gradients of tables.
struct DistinctIdsTrial: Trial {
  /// The ids of the batch.
  let ids: IdPattern

  func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B> {
    let input = try backend.makeInput(layout: ids.layout, capacity: max(rows, 1), groupsIds: true)
    try backend.upload(ids.batch(rows: rows), to: input)
    // Read, and written as places, as ids and as starts.
    let cost = Cost(flops: 0, scalars: 4 * rows * ids.layout.slots)
    return Stage(
      backend: backend, inputs: [], outputs: [], terms: 1, cost: (cost, .none),
      forward: { try backend.groupIds(input) })
  }
}
