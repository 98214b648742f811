import OpenCL

/// Products by work-groups that share local memory, see `gemm_gpu.cl`.
struct ProductTiles: Sendable, Hashable {
  /// What factors are rounded to, and what multiplies them.
  enum Arithmetic: Sendable, Hashable {
    case floats
    /// By tensor cores, or, where there are none, by loops that do the same.
    case tf32(emulated: Bool)
    case bfloat16(emulated: Bool)
    /// Numbers as sums of two in TF32: three products.
    case tf32x3(emulated: Bool)
  }

  var arithmetic = Arithmetic.floats

  // The sizes of `gemm_gpu.cl`: the rows and columns of a tile, of which 5 are as wide as the usual layer of 400, and the
  // work-items that compute it.
  static let side = (rows: 128, columns: 80)
  var items: Int { arithmetic == .floats ? 160 : 128 }
  /// The least depth of a part, and what it is a multiple of: tiles that are whole ask for no bounds.
  static let leastSpan = 128
  static let spanStep = 32

  var options: [String] {
    let (number, isEmulated) =
      switch arithmetic {
      case .floats: (0, false)
      case .tf32(let emulated): (1, emulated)
      case .bfloat16(let emulated): (2, emulated)
      case .tf32x3(let emulated): (3, emulated)
      }
    return ["-DARITHMETIC=\(number)"] + (isEmulated ? ["-DEMULATED"] : [])
  }

  /// How many tiles cover a matrix.
  static func count(rows: Int, columns: Int) -> (rows: Int, columns: Int) {
    ((rows + side.rows - 1) / side.rows, (columns + side.columns - 1) / side.columns)
  }

  /// The most parts that the depth of a product is cut into, so that `wanted` work-groups have something
  /// to do.
  static func mostParts(rows: Int, columns: Int, wanted: Int) -> Int {
    let tiles = count(rows: rows, columns: columns)
    return max(wanted / max(tiles.rows * tiles.columns, 1), 1)
  }
}

extension OpenCLBackend {
  /// `c = a · b` in its last form.
  func gpuProduct(_ a: Matrix, _ b: Matrix, _ end: ProductEnd, into c: Buffer) throws {
    try gpuProduct(a, b, end, into: c, span: max(a.columns, 1), parts: 1)
  }

  /// `c = aᵀ · b`, or `c += aᵀ · b`, for a, [depth × rows], and b, [depth × columns]: few tiles, each of a
  /// large depth, which is cut into parts whose sums are added up in their order. And the sums of b's columns.
  func gpuTransposedProduct(
    _ a: Buffer, _ b: Buffer, depth: Int, rows: Int, columns: Int, into c: Buffer,
    accumulates: Bool, sums: Buffer? = nil
  ) throws {
    let left = Matrix(buffer: a, rows: depth, columns: rows).transposed
    let right = Matrix(buffer: b, rows: depth, columns: columns)
    let most = min(
      ProductTiles.mostParts(rows: rows, columns: columns, wanted: wantedTiles),
      max(depth / ProductTiles.leastSpan, 1))
    let step = ProductTiles.spanStep
    let span = max((depth + most * step - 1) / (most * step) * step, 1)
    let parts = max((depth + span - 1) / span, 1)
    guard parts > 1 else {
      return try gpuProduct(
        left, right, accumulates ? .accumulate : .plain, into: c, span: span, parts: 1, sums: sums)
    }
    let stride = partStride(rows: rows, columns: columns)
    try gpuProduct(left, right, .plain, into: scratch, span: span, parts: parts, sums: sums)
    try sumParts(
      parts, stride: stride, into: (c, rows * columns), and: sums.map { ($0, columns) },
      accumulates: accumulates)
  }

  /// The scratch memory of a transposed product: its parts.
  func gpuTransposedScratch(rows: Int, columns: Int) -> Int {
    let parts = ProductTiles.mostParts(rows: rows, columns: columns, wanted: wantedTiles)
    return parts > 1 ? parts * partStride(rows: rows, columns: columns) : 0
  }

  /// The numbers of a part: those of the product, and the sums of its second factor's columns.
  private func partStride(rows: Int, columns: Int) -> Int {
    wholeVectors(rows * columns) + wholeVectors(columns)
  }

  /// How many work-groups keep the device busy.
  private var wantedTiles: Int { 4 * device.computeUnits }

  private func gpuProduct(
    _ a: Matrix, _ b: Matrix, _ end: ProductEnd, into c: Buffer, span: Int, parts: Int,
    sums: Buffer? = nil
  ) throws {
    let (mode, bias, epilogue, y) = end.arguments
    let count = ProductTiles.count(rows: a.rows, columns: b.columns)
    let items = (library.tuning.tiles ?? ProductTiles()).items
    try library.kernel("tiled_product", of: "gemm_gpu").launch(
      on: queue, global: [count.columns * items, count.rows, parts], local: [items, 1, 1],
      [
        "rows": a.rows, "columns": b.columns, "depth": a.columns, "span": span, "a": a.buffer,
        "a_stride": a.strides.row, "a_step": a.strides.column, "b": b.buffer,
        "b_stride": b.strides.column, "b_step": b.strides.row, "mode": mode, "bias": bias ?? none,
        "has_bias": bias == nil ? 0 : 1, "e": epilogue.argument, "mask": scratch, "y": y ?? none,
        "c": c, "wants_sums": sums == nil ? 0 : 1, "sums_of_b": parts > 1 ? scratch : sums ?? none,
        "sums_from": parts > 1 ? wholeVectors(a.rows * b.columns) : 0,
        "part_stride": partStride(rows: a.rows, columns: b.columns),
      ])
  }

  /// Multiplies small integers, of which every arithmetic makes the same numbers, and compares with the
  /// processor's: what tensor cores are told by an instruction that no other device can try. All three products of a
  /// layer, in whole tiles and parts of them, in one part and several, and added to what is there.
  ///
  /// - Throws: ``OpenCLError/unsupported(_:device:)`` where a number differs.
  func checkTiles() throws {
    for (rows, depth, columns) in [(131, 45, 130), (128, 64, 256), (3, 400, 17)] {
      let a = try integers("a", rows, depth)
      let b = try integers("b", depth, columns)
      for (a, b) in [
        (a, b), (a, try integers("b", columns, depth).transposed),
        (try integers("a", depth, rows).transposed, b),
      ] {
        let c = try makeBuffer("c", count: rows * columns)
        try gpuProduct(a, b, .plain, into: c)
        try gpuProduct(a, b, .accumulate, into: c)
        try check(c, a, b, times: 2)
      }
    }
    // Of some parts.
    for (depth, rows, columns) in [(1031, 40, 33), (512, 128, 80)] {
      let (a, b) = (try integers("a", depth, rows), try integers("b", depth, columns))
      let c = try makeBuffer("c", count: rows * columns)
      try reserveScratch(count: gpuTransposedScratch(rows: rows, columns: columns))
      try gpuTransposedProduct(
        a.buffer, b.buffer, depth: depth, rows: rows, columns: columns, into: c, accumulates: false)
      try check(c, a.transposed, b, times: 1)
    }
  }

  private func integers(_ label: String, _ rows: Int, _ columns: Int) throws -> Matrix {
    let numbers = (0..<rows * columns).map { Float(($0 + label.utf8.count) * 7919 % 17 - 8) }
    return Matrix(
      buffer: try Buffer(numbers, on: queue, label: label), rows: rows, columns: columns)
  }

  /// Whether `c` is `times · a · b`.
  private func check(_ c: Buffer, _ a: Matrix, _ b: Matrix, times: Float) throws {
    let found = try read(c, count: a.rows * b.columns)
    let (left, right) = (
      try a.buffer.read(on: queue), try b.buffer.read(on: queue)
    )
    for (place, found) in found.enumerated() {
      let (row, column) = (place / b.columns, place % b.columns)
      let expected = (0..<a.columns).reduce(Float(0)) {
        $0 + left[row * a.strides.row + $1 * a.strides.column]
          * right[$1 * b.strides.row + column * b.strides.column]
      }
      guard found == times * expected else {
        throw OpenCLError.unsupported(
          "its tensor cores made \(found) of what is \(times * expected); use --gemm auto, and please "
            + "report this with the driver's version, \(device.driverVersion)", device: device.name)
      }
    }
  }
}
