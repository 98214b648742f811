import OpenCL

extension OpenCLBackend {
  /// Multiplies small integers by tiles of each height, whichever a network's sizes may ask for. Nothing where products
  /// are not by tiles.
  ///
  /// - Throws: ``OpenCLError/unsupported(_:device:)`` where a number differs from the processor's.
  package func checkTiles() throws {
    guard let tiles = library.tuning.tiles, !products.usesCLBlast else { return }
    for height in tiles.heights {
      var tiles = tiles
      tiles.heights = [height]
      try check(tiles, height: height)
    }
  }

  /// Every arithmetic makes the same numbers of small integers: what tensor cores are told by an instruction that no
  /// other device can try. All three products of a layer, in whole tiles and parts of them, in one part and several, and
  /// added to what is there.
  private func check(_ tiles: ProductTiles, height: Int) throws {
    for (rows, depth, columns) in [(height + 3, 45, 130), (height, 64, 256), (3, 400, 17)] {
      let a = try integers("a", rows, depth)
      let b = try integers("b", depth, columns)
      for (a, b) in [
        (a, b), (a, try integers("b", columns, depth).transposed),
        (try integers("a", depth, rows).transposed, b),
      ] {
        let c = try makeBuffer("c", count: rows * columns)
        try gpuProduct(a, b, .plain, into: c, by: tiles)
        try gpuProduct(a, b, .accumulate, into: c, by: tiles)
        try check(c, a, b, times: 2)
      }
    }
    // Of some parts.
    for (depth, rows, columns) in [(1031, 40, 33), (512, height, 80)] {
      let (a, b) = (try integers("a", depth, rows), try integers("b", depth, columns))
      let c = try makeBuffer("c", count: rows * columns)
      try reserveScratch(count: gpuTransposedScratch(rows: rows, columns: columns))
      try gpuTransposedProduct(
        a.buffer, b.buffer, depth: depth, rows: rows, columns: columns, into: c, accumulates: false,
        by: tiles)
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
        let (maker, other) =
          library.tuning.tiles?.arithmetic == .floats
          ? ("kernel of products", "clblast") : ("tensor cores", "own")
        throw OpenCLError.unsupported(
          "its \(maker) made \(found) of what is \(times * expected); use --gemm \(other), and please "
            + "report this with the driver's version, \(device.driverVersion)", device: device.name)
      }
    }
  }
}
