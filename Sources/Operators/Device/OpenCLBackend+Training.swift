import OpenCL

extension OpenCLBackend {
  public func crossEntropy(
    input: OpenCLInput, logits: Buffer, loss: Buffer, dlogits: Buffer
  ) throws {
    let chunks = chunks(input.rows)
    try runChunks(
      "cross_entropy", of: .loss, items: chunks, input.rows, logits, input.labels, input.weights,
      input.isWeighted ? 1 : 0, input.inverseWeight, dlogits, input.lossSums)
    try run(
      "add_loss", of: .loss, items: 1, chunks, input.lossSums, input.inverseWeight, loss)
  }

  public func penalize(
    _ lambda: Float, weight: Buffer, gradient: Buffer, extent: Extent<OpenCLInput>
  ) throws {
    let area = Area(extent, none: noIntegers)
    try run(
      "penalize", of: .optimizer, items: area.rows * vectors(area.width), area.rows, area.width,
      area.isTouched, area.ids, lambda, weight, gradient)
  }

  public func clip(
    _ gradients: [(buffer: Buffer, count: Int)], squares: [(buffer: Buffer, count: Int)],
    limit: Float, scale: Buffer
  ) throws {
    // The shape of the sum depends on the counts alone.
    func blocks(_ count: Int) -> Int { min(1024, (count + 1023) / 1024) }
    let total = gradients.reduce(squares.count) { $0 + blocks($1.count) }
    if normSums.count < total {
      normSums = try Buffer(context, count: total, label: "norm")
    }
    var offset = 0
    for (buffer, count) in gradients {
      try sumSquares(buffer, count: count, into: normSums, at: offset, blocks: blocks(count))
      offset += blocks(count)
    }
    for (buffer, count) in squares {
      try run("join_squares", of: .norm, items: 1, count, buffer, normSums, offset)
      offset += 1
    }
    try run("clip_scale", of: .norm, items: 1, total, normSums, limit, scale)
  }

  /// Σ x² of each of some blocks.
  func sumSquares(
    _ numbers: Buffer, count: Int, into sums: Buffer, at offset: Int, blocks: Int
  ) throws {
    try runChunks(
      "squares", of: .norm, items: blocks, count, numbers, blocks, sums, offset)
  }

  public func clipRows(
    _ clip: RowClip, width: Int, input: OpenCLInput, region: TableRegion, weight: Buffer,
    gradient: Buffer
  ) throws {
    try run(
      "clip_rows", of: .recipe, items: input.distinct, input.distinct, width,
      region == .whole ? 1 : 0, input.distinctIds, input.starts, clip.ratio,
      clip.floor, weight, gradient)
  }

  public func update(
    _ optimizer: Optimizer, rate: Float, step: Int, weight: Buffer, gradient: Buffer,
    state: [Buffer], scale: Buffer, extent: Extent<OpenCLInput>
  ) throws {
    if case .rowwiseAdagrad(let epsilon, _) = optimizer {
      let rows = Area(extent, keepsRows: true, none: noIntegers)
      return try run(
        "rowwise_adagrad", of: .recipe, items: rows.rows, rows.rows, rows.width, rows.isTouched,
        rows.ids, scale, gradient, weight, rate, state[0], epsilon)
    }
    let area = Area(extent, none: noIntegers)
    try run(
      "update", of: .optimizer, items: area.rows * vectors(area.width), area.rows, area.width,
      area.isTouched, area.ids, scale, gradient, weight, optimizer.rule(rate: rate, step: step),
      state.first ?? none, state.last ?? none)
  }
}

/// What an update covers, as the kernels take it: rows of a width, all or those of some ids.
private struct Area {
  let rows: Int
  let width: Int
  let isTouched: Int
  let ids: OpenCL.Buffer<Int32>

  /// - Parameter keepsRows: whether the rows of a whole parameter are apart, or one long row.
  init(
    _ extent: Extent<OpenCLInput>, keepsRows: Bool = false, none: OpenCL.Buffer<Int32>
  ) {
    switch extent {
    case .whole(let count, let width):
      let each = keepsRows ? max(width, 1) : count
      (rows, self.width, isTouched, ids) = (keepsRows ? count / each : 1, each, 0, none)
    case .touched(let input, let width):
      (rows, self.width, isTouched, ids) = (input.distinct, width, 1, input.distinctIds)
    }
  }
}
