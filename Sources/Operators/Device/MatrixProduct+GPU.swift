import OpenCL

extension OpenCLBackend {
  /// `c = a · b` in its last form.
  ///
  /// - Parameter tiles: others than the device's.
  func gpuProduct(
    _ a: Matrix, _ b: Matrix, _ end: ProductEnd, into c: Buffer, by tiles: ProductTiles? = nil
  ) throws {
    try gpuProduct(a, b, end, into: c, by: cut(a, b, by: tiles))
  }

  /// `c = aᵀ · b`, or `c += aᵀ · b`, for a, [depth × rows], and b, [depth × columns]: few tiles, each of a
  /// large depth, which is cut into parts whose sums are added up in their order. And the sums of b's columns.
  func gpuTransposedProduct(
    _ a: Buffer, _ b: Buffer, depth: Int, rows: Int, columns: Int, into c: Buffer,
    accumulates: Bool, sums: Buffer? = nil, by tiles: ProductTiles? = nil
  ) throws {
    let left = Matrix(buffer: a, rows: depth, columns: rows).transposed
    let right = Matrix(buffer: b, rows: depth, columns: columns)
    let cut = cut(left, right, by: tiles, cutsDepth: true)
    guard cut.parts > 1 else {
      return try gpuProduct(
        left, right, accumulates ? .accumulate : .plain, into: c, by: cut, sums: sums)
    }
    let stride = partStride(rows: rows, columns: columns)
    try gpuProduct(left, right, .plain, into: scratch, by: cut, sums: sums)
    try sumParts(
      cut.parts, stride: stride, into: (c, rows * columns), and: sums.map { ($0, columns) },
      accumulates: accumulates)
  }

  /// The scratch memory of a transposed product: its parts.
  func gpuTransposedScratch(rows: Int, columns: Int) -> Int {
    let parts = tiles.mostParts(rows: rows, columns: columns, units: device.computeUnits)
    return parts > 1 ? parts * partStride(rows: rows, columns: columns) : 0
  }

  /// The numbers of a part: those of the product, and the sums of its second factor's columns.
  private func partStride(rows: Int, columns: Int) -> Int {
    wholeVectors(rows * columns) + wholeVectors(columns)
  }

  private var tiles: ProductTiles { library.tuning.tiles ?? ProductTiles() }

  private func cut(
    _ a: Matrix, _ b: Matrix, by other: ProductTiles?, cutsDepth: Bool = false
  ) -> ProductTiles.Cut {
    (other ?? tiles).cut(
      rows: a.rows, columns: b.columns, depth: a.columns, units: device.computeUnits,
      cutsDepth: cutsDepth)
  }

  private func gpuProduct(
    _ a: Matrix, _ b: Matrix, _ end: ProductEnd, into c: Buffer, by cut: ProductTiles.Cut,
    sums: Buffer? = nil
  ) throws {
    let (mode, bias, epilogue, y) = end.arguments
    let (items, parts) = (tiles.items, cut.parts)
    try library.kernel(
      "tiled_product", of: "gemm_gpu", with: ProductTiles.options(height: cut.height)
    ).launch(
      on: queue, global: [cut.columns * items, cut.rows, parts], local: [items, 1, 1],
      [
        "rows": a.rows, "columns": b.columns, "depth": a.columns, "span": cut.span, "a": a.buffer,
        "a_stride": a.strides.row, "a_step": a.strides.column, "b": b.buffer,
        "b_stride": b.strides.column, "b_step": b.strides.row, "mode": mode, "bias": bias ?? none,
        "has_bias": bias == nil ? 0 : 1, "e": epilogue.argument, "mask": scratch, "y": y ?? none,
        "c": c, "wants_sums": sums == nil ? 0 : 1, "sums_of_b": parts > 1 ? scratch : sums ?? none,
        "sums_from": parts > 1 ? wholeVectors(a.rows * b.columns) : 0,
        "part_stride": partStride(rows: a.rows, columns: b.columns),
      ])
  }
}
