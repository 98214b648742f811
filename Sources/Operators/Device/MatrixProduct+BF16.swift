/// The sizes of `gemm_bf16.cl`.
private enum BF16Tile {
  /// The rows and columns of a block of C, and the depth of a tile.
  static let side = 32
  /// The words of a block's factor, one tile deep.
  static let pair = 512
  /// The rows of A whose words a work-item keeps.
  static let height = 64
  /// How far a work-item goes along the depth at a time.
  static let span = 512

  static func count(_ length: Int) -> Int { (length + side - 1) / side }
}

extension OpenCLBackend {
  /// The words of a matrix as tiles, `parts` numbers an element.
  func bf16Count(rows: Int, columns: Int, parts: Int) -> Int {
    BF16Tile.count(columns) * parts * BF16Tile.count(rows) * BF16Tile.pair
  }

  /// `c = a · b`, [rows × b's columns], with factors in bfloat16; b's go into scratch behind the
  /// masks of dropout.
  func bf16Product(
    _ a: Buffer, rows: Int, _ b: Matrix, masks: Int, mode: Int, bias: Buffer?,
    _ epilogue: Epilogue, y: Buffer, into c: Buffer
  ) throws {
    let (depth, columns) = (b.rows, b.columns)
    try library.kernel("pack_words", of: "gemm_bf16").launch(
      on: queue, global: [BF16Tile.count(columns) * BF16Tile.count(depth)], local: [1],
      depth, columns, b.buffer, b.strides.row, b.strides.column, scratch, masks)
    try library.kernel("word_product", of: "gemm_bf16").launch(
      on: queue, global: [(rows + BF16Tile.height - 1) / BF16Tile.height], local: [1],
      rows, columns, depth, a, scratch, masks, mode, bias ?? none, bias == nil ? 0 : 1,
      epilogue.argument, scratch, y, c)
  }

  /// `c = aᵀ · b`, or `c += aᵀ · b`, and the sums of b's columns, as ``ownTransposedProduct``.
  func transposedBF16Product(
    _ a: Buffer, _ b: Buffer, depth: Int, rows: Int, columns: Int, into c: Buffer,
    accumulates: Bool, sums: Buffer?
  ) throws {
    let (height, each) = transposedBF16Shape(rows: rows, columns: columns)
    try library.kernel("transposed_word_product", of: "gemm_bf16").launch(
      on: queue,
      global: [(BF16Tile.count(columns) + each - 1) / each, (rows + height - 1) / height],
      local: [1, 1],
      rows, columns, depth, a, b, each, height, c, accumulates ? 1 : 0, sums ?? none,
      sums == nil ? 0 : 1, scratch)
  }

  /// The scratch memory of a transposed product: the tiles of all its work-items.
  func transposedBF16Count(rows: Int, columns: Int, parts: Int) -> Int {
    let (height, each) = transposedBF16Shape(rows: rows, columns: columns)
    let items = (BF16Tile.count(columns) + each - 1) / each * ((rows + height - 1) / height)
    return items * parts * (BF16Tile.span / BF16Tile.side) * BF16Tile.pair
      * (height / BF16Tile.side + each)
  }

  private func transposedBF16Shape(rows: Int, columns: Int) -> (height: Int, panelsEach: Int) {
    let shape = cutForCores(tiles: BF16Tile.count(rows), panels: BF16Tile.count(columns))
    return (shape.tilesEach * BF16Tile.side, shape.panelsEach)
  }
}
