extension InnerProduct {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.scratch(for: shape, rows: capacity)
  }

  package func forward(_ pass: DevicePass) throws {
    try pass.backend.innerProduct(
      shape, rows: pass.rows, e: pass[embedding], theta: pass[theta], y: pass[output])
  }

  package func backward(_ pass: DevicePass) throws {
    try pass.backend.innerProductGradient(
      shape, rows: pass.rows, e: pass[embedding], theta: pass[theta], dy: pass.gradient(of: output),
      de: pass.target(for: embedding), dtheta: pass.gradient(of: theta))
  }
}

extension OpenCLBackend {
  /// How the factorised inner product goes through a batch, and where in scratch its numbers are:
  /// for some rows at a time, so that they stay in a cache and take little memory,
  /// `s[(b,j),n] = Σ_f a[(b,j),f] · θ[f,n]` is one matrix product, with a the rows' embeddings
  /// rearranged.
  struct ProductWorkspace {
    /// The samples of a piece.
    let rows: Int
    /// Where a begins, behind the panels of a product.
    let coordinates: Int
    /// Where s begins.
    let sums: Int
    /// All of it.
    let count: Int
  }

  /// The scalars that are at work at a time: a few MiB, in reach of a CPU's cache; a GPU wants larger
  /// pieces of work.
  var pieceLimit: Int { device.kind == .cpu ? 1 << 20 : 1 << 24 }

  func workspace(for shape: InnerProduct.Shape, rows: Int) -> ProductWorkspace {
    let piece = max(1, min(rows, pieceLimit / (shape.width * shape.outputs)))
    let panels = max(
      packedCount(rows: shape.fields, columns: shape.outputs),
      packedCount(rows: shape.outputs, columns: shape.fields),
      transposedProductScratch(rows: shape.fields, columns: shape.outputs))
    let coordinates = aligned(panels)
    let sums = coordinates + aligned(piece * shape.width * shape.fields)
    return ProductWorkspace(
      rows: piece, coordinates: coordinates, sums: sums,
      count: sums + piece * shape.width * shape.outputs)
  }

  fileprivate func scratch(for shape: InnerProduct.Shape, rows: Int) -> Int {
    goesByPairs(shape)
      ? pairWorkspace(for: shape, rows: rows).count : workspace(for: shape, rows: rows).count
  }

  fileprivate func innerProduct(
    _ shape: InnerProduct.Shape, rows: Int, e: Buffer, theta: Buffer, y: Buffer
  ) throws {
    guard !goesByPairs(shape) else {
      return try innerProductByPairs(shape, rows: rows, e: e, theta: theta, y: y)
    }
    try forEachPiece(shape, rows: rows, e: e, theta: theta) { piece, _, s in
      try run(
        "square_sums", of: "inner_product", items: piece.count * vectors(shape.outputs),
        [
          "rows": piece.count, "first": piece.lowerBound, "width": shape.width,
          "outputs": shape.outputs, "s": s.buffer, "y": y,
        ])
    }
  }

  fileprivate func innerProductGradient(
    _ shape: InnerProduct.Shape, rows: Int, e: Buffer, theta: Buffer, dy: Buffer,
    de: GradientTarget<Buffer>, dtheta: Buffer
  ) throws {
    guard rows > 0 else {
      return try fill(dtheta, with: 0, count: shape.fields * shape.outputs)
    }
    guard !goesByPairs(shape) else {
      return try innerProductGradientByPairs(
        shape, rows: rows, e: e, theta: theta, dy: dy, de: de, dtheta: dtheta)
    }
    let weights = Matrix(buffer: theta, rows: shape.fields, columns: shape.outputs)
    try forEachPiece(shape, rows: rows, e: e, theta: theta) { piece, a, s in
      try run(
        "square_sums_gradient", of: "inner_product", items: piece.count * vectors(shape.outputs),
        [
          "rows": piece.count, "first": piece.lowerBound, "width": shape.width,
          "outputs": shape.outputs, "dy": dy, "s": s.buffer,
        ])
      try product(
        a.transposed, s, into: dtheta, accumulates: piece.lowerBound > 0)
      // a is needed no more: its derivative takes its place.
      try product(s, weights.transposed, into: a.buffer)
      try run(
        "scatter_coordinates", of: "inner_product", items: piece.count * shape.fields,
        [
          "rows": piece.count, "first": piece.lowerBound, "fields": shape.fields,
          "width": shape.width, "a": a.buffer, "de": de.buffer,
          "accumulate": de.accumulates ? 1 : 0,
        ])
    }
  }

  /// Computes a and s for one piece of the rows after the other.
  private func forEachPiece(
    _ shape: InnerProduct.Shape, rows: Int, e: Buffer, theta: Buffer,
    _ body: (_ rows: Range<Int>, _ a: Matrix, _ s: Matrix) throws -> Void
  ) throws {
    guard rows > 0 else { return }
    let space = workspace(for: shape, rows: rows)
    let count = space.rows * shape.width
    let coordinates = try scratch.slice(from: space.coordinates, count: count * shape.fields)
    let sums = try scratch.slice(from: space.sums, count: count * shape.outputs)
    for first in stride(from: 0, to: rows, by: space.rows) {
      let piece = first..<min(first + space.rows, rows)
      let height = piece.count * shape.width
      let a = Matrix(buffer: coordinates, rows: height, columns: shape.fields)
      let s = Matrix(buffer: sums, rows: height, columns: shape.outputs)
      try run(
        "gather_coordinates", of: "inner_product", items: height,
        [
          "rows": piece.count, "first": first, "fields": shape.fields, "width": shape.width, "e": e,
          "a": coordinates,
        ])
      try product(
        a, Matrix(buffer: theta, rows: shape.fields, columns: shape.outputs), into: sums)
      try body(piece, a, s)
    }
  }
}
