import OpenCL

extension InnerProduct.Shape {
  /// Pairs f ≤ g.
  var pairs: Int { fields * (fields + 1) / 2 }

  /// How the layer's embedding is laid out.
  fileprivate var embedding: Interaction.Shape { Interaction.Shape(fields: fields, width: width) }
}

/// The factorised inner product from the products of all pairs of fields:
/// `l_n = Σ_{f≤g} w[(f,g),n] ⟨e_f, e_g⟩` with `w[(f,g),n] = θ[f,n] θ[g,n]`, twice that for f < g.
extension OpenCLBackend {
  /// Whether a layer is computed by pairs: three matrix products of rows × m(m + 1)/2 × outputs. By the
  /// sums of the fields there are four of rows × m·k × outputs, with k times as many numbers between
  /// them, which takes half as long again an operation, and weighs more where products are fast.
  func goesByPairs(_ shape: InnerProduct.Shape) -> Bool {
    shape.fields < (products.parts == 1 ? 4 : 3) * shape.width
  }

  /// Where in scratch a layer's numbers are, for some rows at a time.
  struct PairWorkspace {
    /// The samples of a piece.
    let rows: Int
    /// Where the fields' coordinates begin, behind the panels of a product.
    let coordinates: Int
    /// Where the pairs' products begin.
    let pairs: Int
    /// Where w begins.
    let weights: Int
    /// Where dw begins.
    let slopes: Int
    /// All of it.
    let count: Int
  }

  func pairWorkspace(for shape: InnerProduct.Shape, rows: Int) -> PairWorkspace {
    let panels = max(
      packedCount(rows: shape.pairs, columns: shape.outputs),
      packedCount(rows: shape.outputs, columns: shape.pairs),
      transposedProductScratch(rows: shape.pairs, columns: shape.outputs))
    let piece = pairPiece(rows: rows, pairs: shape.pairs)
    let coordinates = aligned(panels)
    let pairs = coordinates + aligned(piece * shape.fields * shape.width)
    let weights = pairs + aligned(piece * shape.pairs)
    let slopes = weights + aligned(shape.pairs * shape.outputs)
    return PairWorkspace(
      rows: piece, coordinates: coordinates, pairs: pairs, weights: weights, slopes: slopes,
      count: slopes + shape.pairs * shape.outputs)
  }

  func innerProductByPairs(
    _ shape: InnerProduct.Shape, rows: Int, e: Buffer, theta: Buffer, y: Buffer
  ) throws {
    try forEachPiece(shape, rows: rows, e: e, theta: theta) { piece, products, weights in
      let part = try y.slice(
        from: piece.lowerBound * shape.outputs, count: piece.count * shape.outputs)
      try product(products, weights, into: part)
    }
  }

  func innerProductGradientByPairs(
    _ shape: InnerProduct.Shape, rows: Int, e: Buffer, theta: Buffer, dy: Buffer,
    de: GradientTarget<Buffer>, dtheta: Buffer
  ) throws {
    let space = pairWorkspace(for: shape, rows: rows)
    let slopes = try scratch.slice(from: space.slopes, count: shape.pairs * shape.outputs)
    try forEachPiece(shape, rows: rows, e: e, theta: theta) { piece, products, weights in
      let part = Matrix(
        buffer: try dy.slice(
          from: piece.lowerBound * shape.outputs, count: piece.count * shape.outputs),
        rows: piece.count, columns: shape.outputs)
      try product(products.transposed, part, into: slopes, accumulates: piece.lowerBound > 0)
      // The products are needed no more: their derivative takes their place.
      try product(part, weights.transposed, into: products.buffer)
      try innerPairsGradient(
        of: piece, shape.embedding, own: true, e: e,
        dy: products.buffer, de: de)
    }
    try run(
      "pair_weights_gradient", of: "inner_product", items: shape.fields * vectors(shape.outputs),
      shape.fields, shape.outputs, theta, slopes, dtheta)
  }

  /// Computes w, and the pairs' products for one piece of the rows after the other.
  private func forEachPiece(
    _ shape: InnerProduct.Shape, rows: Int, e: Buffer, theta: Buffer,
    _ body: (_ rows: Range<Int>, _ products: Matrix, _ weights: Matrix) throws -> Void
  ) throws {
    let space = pairWorkspace(for: shape, rows: rows)
    let weights = try scratch.slice(from: space.weights, count: shape.pairs * shape.outputs)
    try run(
      "pair_weights", of: "inner_product", items: shape.fields * vectors(shape.outputs),
      shape.fields,
      shape.outputs, theta, weights)
    for first in stride(from: 0, to: rows, by: max(space.rows, 1)) {
      let piece = first..<min(first + space.rows, rows)
      let products = try scratch.slice(from: space.pairs, count: piece.count * shape.pairs)
      try innerPairs(
        of: piece, shape.embedding, own: true, e: e,
        coordinates: space.coordinates, y: products)
      try body(
        piece, Matrix(buffer: products, rows: piece.count, columns: shape.pairs),
        Matrix(buffer: weights, rows: shape.pairs, columns: shape.outputs))
    }
  }
}
