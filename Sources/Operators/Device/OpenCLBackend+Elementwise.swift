import OpenCL

extension OpenCLBackend {
  public func activate(
    _ epilogue: Epilogue, width: Int, rows: Int, x: Buffer, y: Buffer
  ) throws {
    try drawMask(epilogue, rows: rows, width: width)
    try run(
      "activate", of: "activation", items: rows * vectors(width), rows, width, epilogue.argument,
      scratch, x, y)
  }

  public func activateGradient(
    _ epilogue: Epilogue, width: Int, rows: Int, y: Buffer, dy: Buffer, dx: GradientTarget<Buffer>
  ) throws {
    try drawGradientMask(epilogue, rows: rows, width: width)
    try run(
      "activate_gradient", of: "activation", items: rows * vectors(width), rows, width,
      epilogue.argument, scratch, y, dy, dx.buffer, dx.accumulates ? 1 : 0)
  }

  /// The scalars that the mask of a layer's dropout takes at the beginning of scratch memory.
  func maskCount(rows: Int, width: Int) -> Int { rows * ((width + 127) / 128) * 4 }

  /// Draws which elements are dropped, where any are.
  func drawMask(_ epilogue: Epilogue, rows: Int, width: Int) throws {
    guard epilogue.dropout != nil else { return }
    try run(
      "dropout_mask", of: "dropout", items: (rows + 3) / 4 * ((width + 127) / 128), rows, width,
      epilogue.argument, scratch)
  }

  /// The same for a gradient, which needs no mask where the outputs themselves tell.
  func drawGradientMask(_ epilogue: Epilogue, rows: Int, width: Int) throws {
    guard epilogue.activation != .relu else { return }
    try drawMask(epilogue, rows: rows, width: width)
  }

  public func sum(_ terms: [Buffer], count: Int, y: Buffer) throws {
    guard terms.count > 1 else {
      return try terms.isEmpty
        ? fill(y, with: 0, count: count) : terms[0].copy(0..<count, to: y, on: queue)
    }
    try add(terms[0], terms[1], count: count, into: y)
    for term in terms[2...] { try add(y, term, count: count, into: y) }
  }

  public func passGradient(dy: Buffer, dx: GradientTarget<Buffer>, count: Int) throws {
    if dx.accumulates {
      try add(dx.buffer, dy, count: count, into: dx.buffer)
    } else {
      try dy.copy(0..<count, to: dx.buffer, on: queue)
    }
  }

  private func add(_ a: Buffer, _ b: Buffer, count: Int, into y: Buffer) throws {
    try run("add", of: "sum", items: vectors(count), count, a, b, y)
  }
}
