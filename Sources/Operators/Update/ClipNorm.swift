/// The bound on the norm of all gradients together: `scale = min(1, limit / (‖g‖ + 10⁻⁶))`, by which optimizers
/// multiply each of them.
struct ClipNorm: Step {
  /// The gradients that are there.
  var gradients: [UpdateRegion]
  /// The tables whose updates sum up gradients themselves and have left their squares.
  var updates: [EmbeddingUpdate] = []
  /// The tables whose other rows than those of the batch have a gradient too.
  var rests: [RestSquares] = []
  let limit: Float

  var section: String { Section.norm }

  func memory(capacity: Int) -> [Reservation] {
    gradients.map { $0.gradient(capacity: capacity) } + updates.flatMap(\.squares)
      + rests.map(\.squares) + [.gradientScale]
  }

  func run(_ pass: ReferencePass) {
    var sum = gradients.reduce(0) {
      $0 + $1.squares(pass, of: pass.gradient(of: $1.parameter))
    }
    for (parts, count) in partSums(pass) {
      for index in 0..<count { sum += parts[index] }
    }
    pass[.gradientScale][0] = min(1, Double(limit) / (sum.squareRoot() + 1e-6))
  }

  /// Numbers whose sums are parts of the norm's square, and how many.
  private func partSums<B>(_ pass: Pass<B>) -> [(B.Buffer, count: Int)] {
    updates.map { (pass[.squares(of: $0.table)], $0.squaresCount) }
      + rests.map { (pass[$0.squares.operand], $0.count) }
  }

  /// The parts of the norm's square: of each gradient some blocks, of each other table one.
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    gradients.reduce(updates.count + rests.count) {
      $0 + Self.blocks($1.gradientCount(capacity: capacity))
    }
  }

  /// The shape of the sum depends on the most numbers that there may be.
  private static func blocks(_ count: Int) -> Int { min(1024, (count + 1023) / 1024) }

  func run(_ pass: DevicePass) throws {
    let sums = pass.scratch
    var offset = 0
    for target in gradients {
      let area = UpdateArguments(target, pass)
      let blocks = Self.blocks(area.rows * area.width)
      try pass.sumSquares(
        pass.gradient(of: target.parameter), of: area, into: sums, at: offset, blocks: blocks)
      offset += blocks
    }
    for (parts, count) in partSums(pass) {
      try pass.run(
        "join_squares", of: "grad_norm", items: 1,
        ["count": count, "x": parts, "sums": sums, "offset": offset])
      offset += 1
    }
    try pass.run(
      "clip_scale", of: "grad_norm", items: 1,
      ["count": offset, "sums": sums, "limit": limit, "scale": pass[.gradientScale]])
  }
}

extension DevicePass {
  /// Σ x² of each of some blocks of a gradient.
  func sumSquares(
    _ gradient: OpenCLBackend.Buffer, of area: UpdateArguments, into sums: OpenCLBackend.Buffer,
    at offset: Int = 0, blocks: Int
  ) throws {
    try runChunks(
      "squares", of: "grad_norm", items: blocks,
      [
        "rows": area.rows, "width": area.width, "touched": area.isTouched,
        "distinct": area.distinct, "x": gradient, "blocks": blocks, "sums": sums, "offset": offset,
      ])
  }
}
