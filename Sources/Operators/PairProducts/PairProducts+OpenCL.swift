extension PairProducts {
  public func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    guard kind == .inner else { return 0 }
    return backend.pairPiece(rows: capacity, pairs: shape.pairs) * shape.fields * shape.width
  }

  public func forward(_ pass: DevicePass) throws {
    let (rows, e, y) = (pass.rows, pass[embedding], pass[output])
    guard kind == .inner else {
      return try pass.run(
        "pair_outer", of: "pair_products", items: rows * shape.fields, rows, shape.fields,
        shape.width, e, y)
    }
    let step = max(pass.backend.pairPiece(rows: rows, pairs: shape.pairs), 1)
    for first in stride(from: 0, to: rows, by: step) {
      let piece = first..<min(first + step, rows)
      try pass.backend.innerPairs(
        of: piece, shape, own: false, e: e, coordinates: 0,
        y: y.slice(from: first * shape.pairs, count: piece.count * shape.pairs))
    }
  }

  public func backward(_ pass: DevicePass) throws {
    let (rows, e, dy) = (pass.rows, pass[embedding], pass.gradient(of: output))
    let de = pass.target(for: embedding)
    guard kind == .inner else {
      return try pass.run(
        "pair_outer_gradient", of: "pair_products", items: rows * shape.fields, rows,
        shape.fields, shape.width, e, dy, de.buffer, de.accumulates ? 1 : 0)
    }
    try pass.backend.innerPairsGradient(of: 0..<rows, shape, own: false, e: e, dy: dy, de: de)
  }
}

/// Products of pairs, for the inner product layer too.
extension OpenCLBackend {
  /// How many rows' products of pairs are computed at a time: a multiple of what a slice may begin at.
  func pairPiece(rows: Int, pairs: Int) -> Int {
    min(rows, aligned(max(pieceLimit / max(pairs, 1), 1)))
  }

  /// The products of pairs f < g, or f ≤ g, of some rows; the fields' coordinates go into scratch.
  func innerPairs(
    of piece: Range<Int>, _ shape: Interaction.Shape, own: Bool, e: Buffer, coordinates: Int,
    y: Buffer
  ) throws {
    let a = try scratch.slice(from: coordinates, count: piece.count * shape.fields * shape.width)
    try run(
      "gather_coordinates", of: "pair_products", items: piece.count * shape.width, piece.count,
      piece.lowerBound, shape.fields, shape.width, e, a)
    try run(
      "pair_inner", of: "pair_products", items: piece.count * shape.fields, piece.count,
      shape.fields,
      shape.width, own ? 1 : 0, a, y)
  }

  func innerPairsGradient(
    of piece: Range<Int>, _ shape: Interaction.Shape, own: Bool, e: Buffer, dy: Buffer,
    de: GradientTarget<Buffer>
  ) throws {
    try run(
      "pair_inner_gradient", of: "pair_products", items: piece.count * shape.fields, piece.count,
      piece.lowerBound, shape.fields, shape.width, own ? 1 : 0, e, dy, de.buffer,
      de.accumulates ? 1 : 0)
  }
}
