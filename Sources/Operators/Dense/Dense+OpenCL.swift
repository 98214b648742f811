extension Dense {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.scratch(for: shape, rows: capacity)
  }

  package func forward(_ pass: DevicePass) throws {
    try pass.backend.dense(
      shape, rows: pass.rows, x: pass[input], weight: pass[weight], bias: bias.map { pass[$0] },
      epilogue: pass.epilogue(epilogue), y: pass[output])
  }

  package func backward(_ pass: DevicePass) throws {
    try pass.backend.denseGradient(
      shape, rows: pass.rows, x: pass[input], weight: pass[weight],
      epilogue: gradientEpilogue(pass), y: pass[output], dy: pass.gradient(of: output),
      dx: pass.target(for: input), below: fusedEpilogue.map { pass.epilogue($0) } ?? .none,
      dweight: pass.gradient(of: weight), dbias: bias.map { pass.gradient(of: $0) })
  }
}

extension OpenCLBackend {
  /// Room for the masks of dropout and, behind them, what the products or sums of chunks need.
  func scratch(for shape: Dense.Shape, rows: Int) -> Int {
    let masks = maskCount(rows: rows, width: max(shape.inputs, shape.outputs))
    let sums =
      library.tuning.sharesLocalMemory
      ? sharedSumsScratch(for: shape, rows: rows, masks: masks)
      : chunks(rows) * max(shape.inputs, shape.outputs)
    guard shape.outputs > 1, !products.usesCLBlast else { return masks + sums }
    return lines(masks)
      + max(
        sums,
        packedCount(rows: shape.inputs, columns: shape.outputs),
        packedCount(rows: shape.outputs, columns: shape.inputs),
        transposedProductScratch(rows: shape.inputs, columns: shape.outputs))
  }

  /// ``Dense`` forward.
  func dense(
    _ shape: Dense.Shape, rows: Int, x: Buffer, weight: Buffer, bias: Buffer?, epilogue: Epilogue,
    y: Buffer
  ) throws {
    guard rows > 0 else { return }
    try drawMask(epilogue, rows: rows, width: shape.outputs)
    let hasBias = bias == nil ? 0 : 1
    if shape.outputs == 1 {
      let isShared = library.tuning.sharesLocalMemory
      return try run(
        "single_output", of: isShared ? "dense_gpu" : "dense", items: isShared ? 32 * rows : rows,
        [
          "rows": rows, "inputs": shape.inputs, "x": x, "weight": weight, "bias": bias ?? none,
          "has_bias": hasBias, "e": epilogue.argument, "mask": scratch, "y": y,
        ])
    }
    let w = Matrix(buffer: weight, rows: shape.inputs, columns: shape.outputs)
    guard products.usesCLBlast else {
      return try ownProduct(
        x, rows: rows, w, .forward(bias: bias, epilogue), into: y)
    }
    try blastProduct(Matrix(buffer: x, rows: rows, columns: shape.inputs), w, into: y)
    guard bias != nil || epilogue != .none else { return }
    try run(
      "finish_dense", of: "dense", items: rows * vectors(shape.outputs),
      [
        "rows": rows, "width": shape.outputs, "bias": bias ?? none, "has_bias": hasBias,
        "e": epilogue.argument, "mask": scratch, "y": y,
      ])
  }

  /// ``Dense`` backward.
  ///
  /// - Parameter below: what x came out of, where its gradient is taken here as well.
  func denseGradient(
    _ shape: Dense.Shape, rows: Int, x: Buffer, weight: Buffer, epilogue: Epilogue, y: Buffer,
    dy: Buffer, dx: GradientTarget<Buffer>?, below: Epilogue, dweight: Buffer, dbias: Buffer?
  ) throws {
    guard rows > 0 else {
      try fill(dweight, with: 0, count: shape.inputs * shape.outputs)
      if let dbias { try fill(dbias, with: 0, count: shape.outputs) }
      return
    }
    precondition(below == .none || !(dx?.accumulates ?? false))
    if epilogue != .none {
      try activateGradient(
        epilogue, width: shape.outputs, rows: rows, y: y, dy: dy, dx: GradientTarget(dy))
    }
    if shape.outputs == 1, library.tuning.sharesLocalMemory, let dx {
      return try singleOutputGradient(
        inputs: shape.inputs, rows: rows, x: x, weight: weight, dz: dy, dx: dx, below: below,
        dweight: dweight, dbias: dbias)
    }
    if shape.outputs > 1, !products.usesCLBlast {
      try ownTransposedProduct(
        x, dy, depth: rows, rows: shape.inputs, columns: shape.outputs, into: dweight, sums: dbias)
    } else {
      if let dbias { try sumColumns(dy, rows: rows, width: shape.outputs, into: dbias) }
      try shape.outputs == 1
        ? singleOutputWeightGradient(
          inputs: shape.inputs, rows: rows, x: x, dz: dy, dweight: dweight)
        : blastProduct(
          Matrix(buffer: x, rows: rows, columns: shape.inputs).transposed,
          Matrix(buffer: dy, rows: rows, columns: shape.outputs), into: dweight)
    }
    guard let dx else { return }
    try inputGradient(
      shape, rows: rows, x: x, weight: weight, dz: dy, dx: dx, below: below)
  }

  /// `dx = (dz · Wᵀ) ∘ below'(x)`.
  private func inputGradient(
    _ shape: Dense.Shape, rows: Int, x: Buffer, weight: Buffer, dz: Buffer,
    dx: GradientTarget<Buffer>, below: Epilogue
  ) throws {
    let w = Matrix(buffer: weight, rows: shape.inputs, columns: shape.outputs)
    if shape.outputs > 1, products.usesCLBlast {
      try blastProduct(
        Matrix(buffer: dz, rows: rows, columns: shape.outputs), w.transposed, into: dx.buffer,
        accumulates: dx.accumulates)
      guard below != .none else { return }
      return try activateGradient(
        below, width: shape.inputs, rows: rows, y: x, dy: dx.buffer, dx: dx)
    }
    try drawGradientMask(below, rows: rows, width: shape.inputs)
    if shape.outputs == 1 {
      try run(
        "single_output_dx", of: "dense", items: rows * vectors(shape.inputs),
        [
          "rows": rows, "inputs": shape.inputs, "x": x, "weight": weight, "dz": dz,
          "below": below.argument, "mask": scratch, "dx": dx.buffer,
          "accumulate": dx.accumulates ? 1 : 0,
        ])
    } else {
      let end: ProductEnd =
        dx.accumulates ? .accumulate : below == .none ? .plain : .backward(y: x, below)
      try ownProduct(dz, rows: rows, w.transposed, end, into: dx.buffer)
    }
  }

  private func singleOutputWeightGradient(
    inputs: Int, rows: Int, x: Buffer, dz: Buffer, dweight: Buffer
  ) throws {
    try runChunks(
      "single_output_dweight", of: "dense", items: chunks(rows) * vectors(inputs),
      ["rows": rows, "inputs": inputs, "x": x, "dz": dz, "sums": scratch])
    try sumChunks(chunks(rows), width: inputs, into: dweight)
  }

  /// `sums[j] = Σ_b x[b,j]`.
  func sumColumns(_ x: Buffer, rows: Int, width: Int, into sums: Buffer) throws {
    guard !library.tuning.sharesLocalMemory else {
      return try sumColumnsShared(x, rows: rows, width: width, into: sums)
    }
    try runChunks(
      "column_sums", of: "dense", items: chunks(rows) * vectors(width),
      ["rows": rows, "width": width, "x": x, "sums": scratch])
    try sumChunks(chunks(rows), width: width, into: sums)
  }

  /// Adds up the sums over chunks that begin the scratch memory, [chunks × width].
  func sumChunks(_ chunks: Int, width: Int, into y: Buffer, accumulates: Bool = false) throws {
    try run(
      "sum_chunks", of: "dense", items: vectors(width),
      [
        "chunks": chunks, "width": width, "sums": scratch, "y": y,
        "accumulate": accumulates ? 1 : 0,
      ])
  }
}
