import OpenCL

/// Products by work-groups that share local memory, see `gemm_gpu.cl`.
struct ProductTiles: Sendable, Hashable {
  /// What factors are rounded to, and what multiplies them.
  enum Arithmetic: Sendable, Hashable {
    case floats
    /// By tensor cores, or, where there are none, by loops that do the same.
    case tf32(emulated: Bool)
    case bfloat16(emulated: Bool)
  }

  var arithmetic = Arithmetic.floats

  // The sizes of `gemm_gpu.cl`: the rows and columns of a tile, and the work-items that compute it.
  static let side = 128
  static let items = 256
  /// The least depth of a part.
  static let leastSpan = 128

  var options: [String] {
    let (number, isEmulated) =
      switch arithmetic {
      case .floats: (0, false)
      case .tf32(let emulated): (1, emulated)
      case .bfloat16(let emulated): (2, emulated)
      }
    return ["-DARITHMETIC=\(number)"] + (isEmulated ? ["-DEMULATED"] : [])
  }

  /// How many tiles cover a matrix.
  static func count(rows: Int, columns: Int) -> (rows: Int, columns: Int) {
    ((rows + side - 1) / side, (columns + side - 1) / side)
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
  /// large depth, which is cut into parts whose sums are added up in their order.
  func gpuTransposedProduct(
    _ a: Buffer, _ b: Buffer, depth: Int, rows: Int, columns: Int, into c: Buffer,
    accumulates: Bool
  ) throws {
    let left = Matrix(buffer: a, rows: depth, columns: rows).transposed
    let right = Matrix(buffer: b, rows: depth, columns: columns)
    let most = min(
      ProductTiles.mostParts(rows: rows, columns: columns, wanted: wantedTiles),
      max(depth / ProductTiles.leastSpan, 1))
    let span = max((depth + most - 1) / most, 1)
    let parts = max((depth + span - 1) / span, 1)
    guard parts > 1 else {
      return try gpuProduct(left, right, accumulates ? .accumulate : .plain, into: c)
    }
    try gpuProduct(left, right, .plain, into: scratch, span: span, parts: parts)
    try sumChunks(parts, width: rows * columns, into: c, accumulates: accumulates)
  }

  /// The scratch memory of a transposed product: its parts.
  func gpuTransposedScratch(rows: Int, columns: Int) -> Int {
    let parts = ProductTiles.mostParts(rows: rows, columns: columns, wanted: wantedTiles)
    return parts > 1 ? parts * rows * columns : 0
  }

  /// How many work-groups keep the device busy.
  private var wantedTiles: Int { 4 * device.computeUnits }

  private func gpuProduct(
    _ a: Matrix, _ b: Matrix, _ end: ProductEnd, into c: Buffer, span: Int, parts: Int
  ) throws {
    let (mode, bias, epilogue, y) = end.arguments
    let count = ProductTiles.count(rows: a.rows, columns: b.columns)
    try library.kernel("tiled_product", of: "gemm_gpu").launch(
      on: queue, global: [count.columns * ProductTiles.items, count.rows, parts],
      local: [ProductTiles.items, 1, 1],
      a.rows, b.columns, a.columns, span, a.buffer, a.strides.row, a.strides.column, b.buffer,
      b.strides.column, b.strides.row, mode, bias ?? none, bias == nil ? 0 : 1, epilogue.argument,
      scratch, y ?? none, c)
  }

  /// Multiplies small integers, of which every arithmetic makes the same numbers, and compares with the
  /// processor's: what tensor cores are told by an instruction that no other device can try.
  ///
  /// - Throws: ``OpenCLError/unsupported(_:device:)`` where a number differs.
  func checkTiles() throws {
    let (rows, depth, columns) = (131, 45, 130)
    func number(_ i: Int) -> Int { i * 7919 % 17 - 8 }
    let a = try Buffer((0..<rows * depth).map { Float(number($0)) }, on: queue, label: "a")
    let b = try Buffer((0..<depth * columns).map { Float(number($0 + 5)) }, on: queue, label: "b")
    let c = try makeBuffer("c", count: rows * columns)
    try gpuProduct(
      Matrix(buffer: a, rows: rows, columns: depth),
      Matrix(buffer: b, rows: depth, columns: columns), .plain, into: c)
    let found = try read(c, count: rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let right = (0..<depth).reduce(0) {
          $0 + number(row * depth + $1) * number($1 * columns + column + 5)
        }
        guard found[row * columns + column] == Float(right) else {
          throw OpenCLError.unsupported(
            "its tensor cores made \(found[row * columns + column]) of what is \(right); use --gemm "
              + "auto, and please report this with the driver's version, \(device.driverVersion)",
            device: device.name)
        }
      }
    }
  }
}
