extension Normalization {
  /// The sums of chunks lie behind the mask.
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.maskCount(rows: capacity, width: shape.width)
      + backend.chunks(capacity) * 2 * shape.width
  }

  package func forward(_ pass: DevicePass) throws {
    let (rows, width, x) = (pass.rows, shape.width, pass[input])
    guard rows > 0 else { return }
    if pass.isTraining {
      try pass.runChunks(
        "chunk_moments", of: "normalization",
        items: pass.backend.chunks(rows) * ((pass.vectors(width) + 3) / 4),
        ["rows": rows, "width": width, "x": x, "moments": pass.scratch])
      try pass.run(
        "batch_statistics", of: "normalization", items: pass.vectors(width),
        [
          "rows": rows, "width": width, "moments": pass.scratch, "epsilon": shape.epsilon,
          "momentum": shape.momentum, "saved": pass[saved], "running_mean": pass[mean],
          "running_variance": pass[variance],
        ])
    }
    let epilogue = pass.epilogue(epilogue)
    try pass.backend.drawMask(epilogue, rows: rows, width: width)
    try pass.run(
      "normalize_rows", of: "normalization", items: rows * pass.vectors(width),
      [
        "rows": rows, "width": width, "x": x, "gamma": pass[gamma], "beta": pass[beta],
        "training": pass.isTraining ? 1 : 0, "saved": pass[saved], "running_mean": pass[mean],
        "running_variance": pass[variance], "epsilon": shape.epsilon, "e": epilogue.argument,
        "mask": pass.scratch, "y": pass[output],
      ])
  }

  package func backward(_ pass: DevicePass) throws {
    let (rows, width, epilogue) = (pass.rows, shape.width, pass.epilogue(epilogue))
    let (x, dy, dx) = (pass[input], pass.gradient(of: output), pass.target(for: input))
    let (dgamma, dbeta) = (pass.gradient(of: gamma), pass.gradient(of: beta))
    let offset =
      epilogue.dropout == nil ? 0 : pass.backend.maskCount(rows: rows, width: width)
    try pass.backend.drawGradientMask(epilogue, rows: rows, width: width)
    try pass.runChunks(
      "normalize_gradient_sums", of: "normalization",
      items: pass.backend.chunks(rows) * pass.vectors(width),
      [
        "rows": rows, "width": width, "x": x, "saved": pass[saved], "e": epilogue.argument,
        "mask": pass.scratch, "y": pass[output], "dy": dy, "scratch": pass.scratch,
        "offset": offset,
      ])
    try pass.run(
      "normalize_gradient_parameters", of: "normalization", items: pass.vectors(width),
      [
        "rows": rows, "width": width, "scratch": pass.scratch, "offset": offset, "dgamma": dgamma,
        "dbeta": dbeta,
      ])
    try pass.run(
      "normalize_gradient", of: "normalization", items: rows * pass.vectors(width),
      [
        "rows": rows, "width": width, "x": x, "gamma": pass[gamma], "saved": pass[saved], "dz": dy,
        "dgamma": dgamma, "dbeta": dbeta, "dx": dx.buffer, "accumulate": dx.accumulates ? 1 : 0,
      ])
  }
}
