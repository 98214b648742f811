extension Normalization {
  /// The sums of chunks lie behind the mask.
  public func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.maskCount(rows: capacity, width: shape.width)
      + backend.chunks(capacity) * 2 * shape.width
  }

  public func forward(_ pass: DevicePass) throws {
    let (rows, width, x) = (pass.rows, shape.width, pass[input])
    guard rows > 0 else { return }
    if pass.isTraining {
      try pass.runChunks(
        "chunk_moments", of: "normalization",
        items: pass.backend.chunks(rows) * ((pass.vectors(width) + 3) / 4), rows, width, x,
        pass.scratch)
      try pass.run(
        "batch_statistics", of: "normalization", items: pass.vectors(width), rows, width,
        pass.scratch, shape.epsilon, shape.momentum, pass[saved], pass[mean], pass[variance])
    }
    let epilogue = pass.epilogue(epilogue)
    try pass.backend.drawMask(epilogue, rows: rows, width: width)
    try pass.run(
      "normalize_rows", of: "normalization", items: rows * pass.vectors(width), rows, width, x,
      pass[gamma], pass[beta], pass.isTraining ? 1 : 0, pass[saved], pass[mean], pass[variance],
      shape.epsilon, epilogue.argument, pass.scratch, pass[output])
  }

  public func backward(_ pass: DevicePass) throws {
    let (rows, width, epilogue) = (pass.rows, shape.width, pass.epilogue(epilogue))
    let (x, dy, dx) = (pass[input], pass.gradient(of: output), pass.target(for: input))
    let (dgamma, dbeta) = (pass.gradient(of: gamma), pass.gradient(of: beta))
    let offset =
      epilogue.dropout == nil ? 0 : pass.backend.maskCount(rows: rows, width: width)
    try pass.backend.drawGradientMask(epilogue, rows: rows, width: width)
    try pass.runChunks(
      "normalize_gradient_sums", of: "normalization",
      items: pass.backend.chunks(rows) * pass.vectors(width), rows, width, x, pass[saved],
      epilogue.argument, pass.scratch, pass[output], dy, pass.scratch, offset)
    try pass.run(
      "normalize_gradient_parameters", of: "normalization", items: pass.vectors(width), rows,
      width, pass.scratch, offset, dgamma, dbeta)
    try pass.run(
      "normalize_gradient", of: "normalization", items: rows * pass.vectors(width), rows, width, x,
      pass[gamma], pass[saved], dy, dgamma, dbeta, dx.buffer, dx.accumulates ? 1 : 0)
  }
}
