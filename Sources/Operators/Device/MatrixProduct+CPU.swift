import OpenCL

/// Products by `gemm_cpu.cl`, or by those that are chosen instead of it.
extension OpenCLBackend {
  /// `c = a · b` by our own kernel, [rows × b's columns]; b is packed into scratch where that pays,
  /// behind the masks of dropout.
  func ownProduct(
    _ a: Buffer, rows: Int, _ b: Matrix, _ end: ProductEnd, into c: Buffer
  ) throws {
    let (depth, columns) = (b.rows, b.columns)
    if library.tuning.tiles != nil {
      return try gpuProduct(
        Matrix(buffer: a, rows: rows, columns: depth), b, end, into: c)
    }
    let (mode, bias, epilogue, y) = end.arguments
    let masks = epilogue.dropout == nil ? 0 : lines(maskCount(rows: rows, width: columns))
    guard products.parts == nil else {
      return try bf16Product(
        a, rows: rows, b, masks: masks, mode: mode, bias: bias, epilogue, y: y ?? none, into: c)
    }
    var (packed, offset, panelStep, rowStep) = (b.buffer, 0, panel, columns)
    if !b.isSpread {
      offset = masks
      (packed, panelStep, rowStep) = (scratch, depth * panel, panel)
      try run(
        "pack", of: "gemm_cpu", items: vectors(depth) * 2 * panels(columns),
        [
          "depth": depth, "columns": columns, "b": b.buffer, "row_stride": b.strides.row,
          "column_stride": b.strides.column, "scratch": scratch, "offset": offset,
        ])
    }
    let shape = productShape(rows: rows, columns: columns, depth: depth)
    try library.kernel("product", of: "gemm_cpu").launch(
      on: queue,
      global: [
        (panels(columns) + shape.panelsEach - 1) / shape.panelsEach,
        (rows + shape.block - 1) / shape.block,
      ],
      local: [1, 1],
      [
        "rows": rows, "columns": columns, "depth": depth, "depth_step": shape.step, "a": a,
        "b": packed,
        "offset": offset, "panel_step": panelStep, "b_step": rowStep,
        "panels_each": shape.panelsEach, "block": shape.block, "mode": mode, "bias": bias ?? none,
        "has_bias": bias == nil ? 0 : 1, "e": epilogue.argument, "mask": scratch, "y": y ?? none,
        "c": c,
      ])
  }

  /// How a product is cut into work-items: a block of rows with all panels, or, for several cores, with a
  /// fifth of them.
  ///
  /// A block has no more rows than fit its core's cache. Of the sizes down from there the one is taken
  /// with which the core that has most has least. pocl gives a core half of the work-items that are left
  /// at a time, 64 at most: with many small ones a core that is done takes over from one that is not, and
  /// those of a block follow each other, so that its rows are in the cache.
  private func productShape(
    rows: Int, columns: Int, depth: Int
  ) -> (block: Int, panelsEach: Int, step: Int) {
    let tile = library.tuning.tileRows
    // Blocks of equal depth, so that a panel's part fits the nearest cache.
    let steps = (depth + 511) / 512
    let step = (depth + steps - 1) / steps
    let (tiles, cores) = ((rows + tile - 1) / tile, device.computeUnits)
    let fitting = max(40_000 / step / tile, 1)
    // A few rows of their own would fetch all of b once more.
    let most = tiles <= fitting + fitting / 4 ? max(tiles, 1) : fitting
    func longest(_ block: Int) -> Int {
      let blocks = (tiles + block - 1) / block
      return min((blocks + cores - 1) / cores * block, tiles)
    }
    let block = (1...most).min { (longest($0), -$0) < (longest($1), -$1) } ?? 1
    let blocks = (tiles + block - 1) / block
    let parts = min(panels(columns), max((cores + blocks - 1) / blocks, cores > 1 ? 5 : 1))
    return (block * tile, (panels(columns) + parts - 1) / parts, step)
  }

  /// `c = aᵀ · b`, or `c += aᵀ · b`, for a, [depth × rows], and b, [depth × columns]; and the sums of
  /// b's columns.
  func ownTransposedProduct(
    _ a: Buffer, _ b: Buffer, depth: Int, rows: Int, columns: Int, into c: Buffer,
    accumulates: Bool = false, sums: Buffer? = nil
  ) throws {
    if library.tuning.tiles != nil {
      return try gpuTransposedProduct(
        a, b, depth: depth, rows: rows, columns: columns, into: c, accumulates: accumulates,
        sums: sums)
    }
    guard products.parts == nil else {
      return try transposedBF16Product(
        a, b, depth: depth, rows: rows, columns: columns, into: c, accumulates: accumulates,
        sums: sums)
    }
    let (block, each) = transposedProductShape(rows: rows, columns: columns)
    try library.kernel("transposed_product", of: "gemm_cpu").launch(
      on: queue,
      global: [(panels(columns) + each - 1) / each, (rows + block - 1) / block],
      local: [1, 1],
      [
        "rows": rows, "columns": columns, "depth": depth, "a": a, "b": b, "panels_each": each,
        "block": block, "c": c, "accumulate": accumulates ? 1 : 0, "sums": sums ?? none,
        "wants_sums": sums == nil ? 0 : 1, "scratch": scratch,
      ])
  }

  /// The scratch memory of a transposed product: the packed parts of all its work-items.
  func transposedProductScratch(rows: Int, columns: Int) -> Int {
    guard library.tuning.tiles == nil else {
      return gpuTransposedScratch(rows: rows, columns: columns)
    }
    if let parts = products.parts {
      return transposedBF16Count(rows: rows, columns: columns, parts: parts)
    }
    let (block, each) = transposedProductShape(rows: rows, columns: columns)
    let (tile, depth) = (library.tuning.tileRows, library.tuning.depth)
    let items = (panels(columns) + each - 1) / each * ((rows + block - 1) / block)
    return items * ((depth * tile + 16) * (block / tile) + (depth * panel + 16) * each)
  }

  private func transposedProductShape(rows: Int, columns: Int) -> (block: Int, panelsEach: Int) {
    let tile = library.tuning.tileRows
    let shape = cutForCores(tiles: (rows + tile - 1) / tile, panels: panels(columns))
    return (shape.tilesEach * tile, shape.panelsEach)
  }

  /// One work-item a core, since each packs what it reads: the tiles of C's rows are halved, or its
  /// panels, whichever are more, until there are enough.
  func cutForCores(tiles: Int, panels: Int) -> (tilesEach: Int, panelsEach: Int) {
    var (rowParts, panelParts) = (1, 1)
    while rowParts * panelParts < device.computeUnits {
      if tiles / rowParts >= panels / panelParts {
        guard tiles > rowParts else { break }
        rowParts = min(2 * rowParts, tiles)
      } else {
        panelParts = min(2 * panelParts, panels)
      }
    }
    return ((tiles + rowParts - 1) / rowParts, (panels + panelParts - 1) / panelParts)
  }
}
