extension Normalization {
  /// The sums of chunks lie behind the mask.
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    guard !backend.library.tuning.sharesLocalMemory else {
      return sharedScratch(capacity: capacity, on: backend)
    }
    return backend.maskCount(rows: capacity, width: shape.width)
      + backend.chunks(capacity) * 2 * shape.width
  }

  package func forward(_ pass: DevicePass) throws {
    guard pass.rows > 0 else { return }
    guard !pass.backend.library.tuning.sharesLocalMemory else { return try forwardShared(pass) }
    if pass.isTraining {
      try findMoments(pass)
      try pass.run(
        "batch_statistics", of: "normalization", items: pass.vectors(shape.width),
        [
          "rows": pass.rows, "width": shape.width, "moments": pass.scratch,
          "epsilon": shape.epsilon, "momentum": shape.momentum, "saved": pass[saved],
          "running_mean": pass[mean], "running_variance": pass[variance],
        ])
    }
    try normalize(pass)
  }

  /// Leaves the moments of chunks in the scratch memory.
  private func findMoments(_ pass: DevicePass) throws {
    try pass.runChunks(
      "chunk_moments", of: "normalization",
      items: pass.backend.chunks(pass.rows) * ((pass.vectors(shape.width) + 3) / 4),
      ["rows": pass.rows, "width": shape.width, "x": pass[input], "moments": pass.scratch])
  }

  func sumMoments(_ pass: DevicePass) throws {
    guard pass.rows > 0 else { return }
    guard !pass.backend.library.tuning.sharesLocalMemory else { return try sumMomentsShared(pass) }
    try findMoments(pass)
    try pass.run(
      "join_moments", of: "normalization", items: pass.vectors(shape.width),
      ["rows": pass.rows, "width": shape.width, "moments": pass.scratch, "saved": pass[saved]])
  }

  func normalize(_ pass: DevicePass) throws {
    let (rows, width) = (pass.rows, shape.width)
    guard rows > 0 else { return }
    guard !pass.backend.library.tuning.sharesLocalMemory else { return try normalizeShared(pass) }
    let epilogue = pass.epilogue(epilogue)
    try pass.backend.drawMask(epilogue, rows: rows, width: width)
    try pass.run(
      "normalize_rows", of: "normalization", items: rows * pass.vectors(width),
      [
        "rows": rows, "width": width, "x": pass[input], "gamma": pass[gamma], "beta": pass[beta],
        "training": pass.isTraining ? 1 : 0, "saved": pass[saved], "running_mean": pass[mean],
        "running_variance": pass[variance], "epsilon": shape.epsilon, "e": epilogue.argument,
        "mask": pass.scratch, "y": pass[output],
      ])
  }

  package func backward(_ pass: DevicePass) throws {
    try sumGradients(pass)
    try spreadGradients(pass, rows: pass.rows)
  }

  func sumGradients(_ pass: DevicePass) throws {
    guard !pass.backend.library.tuning.sharesLocalMemory else {
      return try sumGradientsShared(pass)
    }
    let (rows, width, epilogue) = (pass.rows, shape.width, pass.epilogue(epilogue))
    let offset =
      epilogue.dropout == nil ? 0 : pass.backend.maskCount(rows: rows, width: width)
    try pass.backend.drawGradientMask(epilogue, rows: rows, width: width)
    try pass.runChunks(
      "normalize_gradient_sums", of: "normalization",
      items: pass.backend.chunks(rows) * pass.vectors(width),
      [
        "rows": rows, "width": width, "x": pass[input], "saved": pass[saved],
        "e": epilogue.argument, "mask": pass.scratch, "y": pass[output],
        "dy": pass.gradient(of: output), "scratch": pass.scratch, "offset": offset,
      ])
    try pass.run(
      "normalize_gradient_parameters", of: "normalization", items: pass.vectors(width),
      [
        "rows": rows, "width": width, "scratch": pass.scratch, "offset": offset,
        "dgamma": pass.gradient(of: gamma), "dbeta": pass.gradient(of: beta),
      ])
  }

  func spreadGradients(_ pass: DevicePass, rows whole: Int) throws {
    let (rows, width, dx) = (pass.rows, shape.width, pass.target(for: input))
    let isShared = pass.backend.library.tuning.sharesLocalMemory
    try pass.run(
      "normalize_gradient", of: isShared ? "normalization_gpu" : "normalization",
      items: rows * pass.vectors(width),
      [
        "rows": rows, "width": width, "x": pass[input], "gamma": pass[gamma], "saved": pass[saved],
        "dz": pass.gradient(of: output), "dgamma": pass.gradient(of: gamma),
        "dbeta": pass.gradient(of: beta), "dx": dx.buffer, "accumulate": dx.accumulates ? 1 : 0,
        "whole": Float(whole),
      ])
  }
}
