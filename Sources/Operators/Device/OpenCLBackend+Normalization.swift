import OpenCL

extension OpenCLBackend {
  public func normalize(
    _ shape: Normalization.Shape, rows: Int, x: Buffer, parameters: NormalizationBuffers<Buffer>,
    saved: Buffer, training: Bool, epilogue: Epilogue, y: Buffer
  ) throws {
    guard rows > 0 else { return }
    let width = shape.width
    if training {
      try runChunks(
        "chunk_moments", of: "normalization", items: chunks(rows) * ((vectors(width) + 3) / 4),
        rows,
        width, x, scratch)
      try run(
        "batch_statistics", of: "normalization", items: vectors(width), rows, width, scratch,
        shape.epsilon, shape.momentum, saved, parameters.mean, parameters.variance)
    }
    try drawMask(epilogue, rows: rows, width: width)
    try run(
      "normalize_rows", of: "normalization", items: rows * vectors(width), rows, width, x,
      parameters.gamma, parameters.beta, training ? 1 : 0, saved, parameters.mean,
      parameters.variance, shape.epsilon, epilogue.argument, scratch, y)
  }

  public func normalizeGradient(
    _ shape: Normalization.Shape, rows: Int, x: Buffer, gamma: Buffer, saved: Buffer,
    epilogue: Epilogue, y: Buffer, dy: Buffer, dx: GradientTarget<Buffer>, dgamma: Buffer,
    dbeta: Buffer
  ) throws {
    let width = shape.width
    // The sums lie behind the mask.
    let offset = epilogue.dropout == nil ? 0 : maskCount(rows: rows, width: width)
    try drawGradientMask(epilogue, rows: rows, width: width)
    try runChunks(
      "normalize_gradient_sums", of: "normalization", items: chunks(rows) * vectors(width), rows,
      width, x, saved, epilogue.argument, scratch, y, dy, scratch, offset)
    try run(
      "normalize_gradient_parameters", of: "normalization", items: vectors(width), rows, width,
      scratch, offset, dgamma, dbeta)
    try run(
      "normalize_gradient", of: "normalization", items: rows * vectors(width), rows, width, x,
      gamma,
      saved, dy, dgamma, dbeta, dx.buffer, dx.accumulates ? 1 : 0)
  }
}
