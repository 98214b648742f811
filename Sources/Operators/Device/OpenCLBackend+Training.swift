import OpenCL

extension OpenCLBackend {
  public func crossEntropy(
    input: OpenCLInput, logits: Buffer, loss: Buffer, dlogits: Buffer
  ) throws {
    let chunks = chunks(input.rows)
    try runChunks(
      "cross_entropy", of: "cross_entropy", items: chunks, input.rows, logits, input.labels,
      input.weights,
      input.isWeighted ? 1 : 0, input.inverseWeight, dlogits, input.lossSums)
    try run(
      "add_loss", of: "cross_entropy", items: 1, chunks, input.lossSums, input.inverseWeight, loss)
  }

  public func penalize(
    _ lambda: Float, weight: Buffer, gradient: Buffer, extent: Extent<OpenCLInput>
  ) throws {
    let area = Area(extent, none: noIntegers)
    try run(
      "penalize", of: "optimizer", items: area.rows * vectors(area.width), area.rows, area.width,
      area.isTouched, area.distinct, area.ids, lambda, weight, gradient)
  }

  public func clip(
    _ gradients: [(buffer: Buffer, extent: Extent<OpenCLInput>)],
    squares: [(buffer: Buffer, count: Int)], limit: Float, scale: Buffer
  ) throws {
    // The shape of the sum depends on the most that there may be.
    func blocks(_ extent: Extent<OpenCLInput>) -> Int {
      let area = Area(extent, none: noIntegers)
      return min(1024, (area.rows * area.width + 1023) / 1024)
    }
    let total = gradients.reduce(squares.count) { $0 + blocks($1.extent) }
    if normSums.count < total {
      normSums = try Buffer(context, count: total, label: "norm")
    }
    var offset = 0
    for (buffer, extent) in gradients {
      try sumSquares(buffer, of: extent, into: normSums, at: offset, blocks: blocks(extent))
      offset += blocks(extent)
    }
    for (buffer, count) in squares {
      try run("join_squares", of: "grad_norm", items: 1, count, buffer, normSums, offset)
      offset += 1
    }
    try run("clip_scale", of: "grad_norm", items: 1, total, normSums, limit, scale)
  }

  /// Σ x² of each of some blocks of a gradient.
  func sumSquares(
    _ gradient: Buffer, of extent: Extent<OpenCLInput>, into sums: Buffer, at offset: Int = 0,
    blocks: Int
  ) throws {
    let area = Area(extent, none: noIntegers)
    try runChunks(
      "squares", of: "grad_norm", items: blocks, area.rows, area.width, area.isTouched,
      area.distinct,
      gradient, blocks, sums, offset)
  }

  public func clipRows(
    _ clip: RowClip, width: Int, input: OpenCLInput, region: TableRegion, weight: Buffer,
    gradient: Buffer
  ) throws {
    let groups = input.groups
    try run(
      "clip_rows", of: "rowwise", items: input.mostDistinct, groups.distinct, width,
      region == .whole ? 1 : 0, groups.ids, groups.starts, clip.ratio, clip.floor, weight, gradient)
  }

  public func update(
    _ optimizer: Optimizer, rate: Float, step: Int, weight: Buffer, gradient: Buffer,
    state: [Buffer], scale: Buffer, extent: Extent<OpenCLInput>
  ) throws {
    if case .rowwiseAdagrad(let epsilon, _) = optimizer {
      let rows = Area(extent, keepsRows: true, none: noIntegers)
      return try run(
        "rowwise_adagrad", of: "rowwise", items: rows.rows, rows.rows, rows.width, rows.isTouched,
        rows.distinct, rows.ids, scale, gradient, weight, rate, state[0], epsilon)
    }
    let area = Area(extent, none: noIntegers)
    try run(
      "update", of: "optimizer", items: area.rows * vectors(area.width), area.rows, area.width,
      area.isTouched, area.distinct, area.ids, scale, gradient, weight,
      optimizer.rule(rate: rate, step: step),
      state.first ?? none, state.last ?? none)
  }
}

/// What an update covers, as the kernels take it: rows of a width, all or those of the batch's distinct
/// ids, of which there are at most `rows`.
private struct Area {
  let rows: Int
  let width: Int
  let isTouched: Int
  let distinct: OpenCL.Buffer<Int32>
  let ids: OpenCL.Buffer<Int32>

  /// - Parameter keepsRows: whether the rows of a whole parameter are apart, or one long row.
  init(
    _ extent: Extent<OpenCLInput>, keepsRows: Bool = false, none: OpenCL.Buffer<Int32>
  ) {
    switch extent {
    case .whole(let count, let width):
      let each = keepsRows ? max(width, 1) : count
      (rows, self.width, isTouched) = (keepsRows ? count / each : 1, each, 0)
      (distinct, ids) = (none, none)
    case .touched(let input, let width):
      let groups = input.groups
      (rows, self.width, isTouched) = (input.mostDistinct, width, 1)
      (distinct, ids) = (groups.distinct, groups.ids)
    }
  }
}
