import OpenCL

extension OpenCLBackend {
  public func activate(
    _ epilogue: Epilogue, width: Int, rows: Int, x: Buffer, y: Buffer
  ) throws {
    try run(
      "activate", of: .elementwise, items: rows * vectors(width), rows, width, epilogue.argument, x,
      y)
  }

  public func activateGradient(
    _ epilogue: Epilogue, width: Int, rows: Int, y: Buffer, dy: Buffer, dx: GradientTarget<Buffer>
  ) throws {
    try run(
      "activate_gradient", of: .elementwise, items: rows * vectors(width), rows, width,
      epilogue.argument, y, dy, dx.buffer, dx.accumulates ? 1 : 0)
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
    try run("add", of: .elementwise, items: vectors(count), count, a, b, y)
  }
}
