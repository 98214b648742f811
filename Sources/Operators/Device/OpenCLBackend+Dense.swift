import OpenCL

extension OpenCLBackend {
  /// Room for the panels of W or of its transpose, or for those of dz behind the sums of its columns.
  func scratch(for shape: Dense.Shape, rows: Int) -> Int {
    let sums = chunks(rows) * max(shape.inputs, shape.outputs)
    guard shape.outputs > 1, !products.usesCLBlast else { return sums }
    return max(
      panelCount(rows: shape.inputs, columns: shape.outputs),
      panelCount(rows: shape.outputs, columns: shape.inputs),
      sums + panel + panelCount(rows: rows, columns: shape.outputs))
  }

  public func dense(
    _ shape: Dense.Shape, rows: Int, x: Buffer, weight: Buffer, bias: Buffer?, epilogue: Epilogue,
    y: Buffer
  ) throws {
    guard rows > 0 else { return }
    if shape.outputs == 1 {
      return try run(
        "single_output", of: .dense, items: rows, rows, shape.inputs, x, weight, bias ?? none,
        bias == nil ? 0 : 1, epilogue.argument, y)
    }
    let a = Matrix(buffer: x, rows: rows, columns: shape.inputs)
    let b = Matrix(buffer: weight, rows: shape.inputs, columns: shape.outputs)
    guard products.usesCLBlast else {
      return try ownProduct(a, b, bias: bias, epilogue: epilogue, into: y)
    }
    try blastProduct(a, b, into: y)
    guard bias != nil || epilogue != .none else { return }
    try run(
      "finish_dense", of: .dense, items: rows * vectors(shape.outputs), rows, shape.outputs,
      bias ?? none, bias == nil ? 0 : 1, epilogue.argument, y)
  }

  public func denseGradient(
    _ shape: Dense.Shape, rows: Int, x: Buffer, weight: Buffer, epilogue: Epilogue, y: Buffer,
    dy: Buffer, dx: GradientTarget<Buffer>?, dweight: Buffer, dbias: Buffer?
  ) throws {
    guard rows > 0 else {
      try fill(dweight, with: 0, count: shape.inputs * shape.outputs)
      if let dbias { try fill(dbias, with: 0, count: shape.outputs) }
      return
    }
    let wantsPanels = shape.outputs > 1 && !products.usesCLBlast
    let sums = chunks(rows) * shape.outputs
    let panelsOffset = (sums + panel - 1) / panel * panel
    if wantsPanels || dbias != nil || epilogue != .none {
      try runChunks(
        "output_gradient", of: .dense,
        items: chunks(rows) * ((shape.outputs + panel - 1) / panel), rows, shape.outputs, y, dy,
        epilogue == .none ? 0 : 1, epilogue.argument, scratch, dbias == nil ? 0 : 1,
        wantsPanels ? 1 : 0, panelsOffset)
    }
    if let dbias { try sumChunks(rows: rows, width: shape.outputs, into: dbias) }
    guard shape.outputs > 1 else {
      return try singleOutputGradient(
        inputs: shape.inputs, rows: rows, x: x, weight: weight, dz: dy, dx: dx, dweight: dweight)
    }
    let xMatrix = Matrix(buffer: x, rows: rows, columns: shape.inputs)
    let dz = Matrix(buffer: dy, rows: rows, columns: shape.outputs)
    let w = Matrix(buffer: weight, rows: shape.inputs, columns: shape.outputs)
    if wantsPanels {
      try ownProduct(
        xMatrix.transposed, panelsAt: panelsOffset, columns: shape.outputs, into: dweight)
      if let dx {
        try ownProduct(dz, w.transposed, into: dx.buffer, accumulates: dx.accumulates)
      }
    } else {
      try blastProduct(xMatrix.transposed, dz, into: dweight)
      if let dx {
        try blastProduct(dz, w.transposed, into: dx.buffer, accumulates: dx.accumulates)
      }
    }
  }

  private func singleOutputGradient(
    inputs: Int, rows: Int, x: Buffer, weight: Buffer, dz: Buffer, dx: GradientTarget<Buffer>?,
    dweight: Buffer
  ) throws {
    try runChunks(
      "single_output_dweight", of: .dense, items: chunks(rows) * vectors(inputs), rows, inputs, x,
      dz, scratch)
    try sumChunks(rows: rows, width: inputs, into: dweight)
    guard let dx else { return }
    try run(
      "single_output_dx", of: .dense, items: rows * vectors(inputs), rows, inputs, weight, dz,
      dx.buffer, dx.accumulates ? 1 : 0)
  }

  /// Adds up the sums over chunks of rows that begin the scratch memory, [chunks × width].
  func sumChunks(rows: Int, width: Int, into y: Buffer) throws {
    try run(
      "sum_chunks", of: .dense, items: vectors(width), chunks(rows), width, scratch, y)
  }
}
