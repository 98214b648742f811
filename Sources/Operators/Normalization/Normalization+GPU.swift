import OpenCL

/// Batch normalisation by `normalization_gpu.cl`.
extension Normalization {
  /// The sums of parts lie behind the mask.
  func sharedScratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.lines(backend.maskCount(rows: capacity, width: shape.width))
      + 2 * backend.columnSumsScratch(rows: capacity, width: max(shape.width, 2))
  }

  /// A kernel whose work-items have a vector of a part of the rows each.
  private func runParts(_ name: String, _ arguments: KernelArguments, _ pass: DevicePass) throws {
    try pass.backend.library.kernel(name, of: "normalization_gpu").launch(
      on: pass.backend.queue,
      global: [pass.vectors(shape.width), pass.backend.partsOfRows(pass.rows).count],
      local: [64, 1], arguments)
  }

  private func findMoments(_ pass: DevicePass) throws {
    try runParts(
      "part_moments",
      [
        "rows": pass.rows, "width": shape.width, "span": pass.backend.partsOfRows(pass.rows).span,
        "x": pass[input], "moments": pass.scratch,
      ], pass)
  }

  /// Joins the moments of the parts, by a kernel of whose work-items a team has a vector of columns.
  private func runJoin(_ name: String, _ others: KernelArguments, _ pass: DevicePass) throws {
    let parts = pass.backend.partsOfRows(pass.rows)
    let team = pass.backend.team(parts.count, limit: 32)
    try pass.run(
      name, of: "normalization_gpu", items: pass.vectors(shape.width) * team,
      [
        "rows": pass.rows, "width": shape.width, "span": parts.span, "team": team,
        "moments": pass.scratch,
      ] + others)
  }

  func forwardShared(_ pass: DevicePass) throws {
    if pass.isTraining {
      try findMoments(pass)
      try runJoin(
        "batch_statistics",
        [
          "epsilon": shape.epsilon, "momentum": shape.momentum, "saved": pass[saved],
          "running_mean": pass[mean], "running_variance": pass[variance],
        ], pass)
    }
    try normalizeShared(pass)
  }

  func sumMomentsShared(_ pass: DevicePass) throws {
    try findMoments(pass)
    try runJoin("join_moments", ["saved": pass[saved]], pass)
  }

  func normalizeShared(_ pass: DevicePass) throws {
    // Dropout is drawn for whole blocks of columns.
    let items = pass.rows * ((shape.width + 127) / 128) * (128 / pass.backend.library.tuning.lanes)
    try pass.run(
      "normalize_rows", of: "normalization_gpu", items: items,
      [
        "rows": pass.rows, "width": shape.width, "x": pass[input], "gamma": pass[gamma],
        "beta": pass[beta], "training": pass.isTraining ? 1 : 0, "saved": pass[saved],
        "running_mean": pass[mean], "running_variance": pass[variance], "epsilon": shape.epsilon,
        "e": pass.epilogue(epilogue).argument, "y": pass[output],
      ])
  }

  func sumGradientsShared(_ pass: DevicePass) throws {
    let (rows, width, backend) = (pass.rows, shape.width, pass.backend)
    let epilogue = pass.epilogue(epilogue)
    let offset =
      epilogue.dropout == nil ? 0 : backend.lines(backend.maskCount(rows: rows, width: width))
    let parts = backend.partsOfRows(rows)
    try backend.drawGradientMask(epilogue, rows: rows, width: width)
    try runParts(
      "normalize_gradient_sums",
      [
        "rows": rows, "width": width, "span": parts.span, "x": pass[input], "saved": pass[saved],
        "e": epilogue.argument, "mask": pass.scratch, "y": pass[output],
        "dy": pass.gradient(of: output), "scratch": pass.scratch, "offset": offset,
      ], pass)
    try backend.sumParts(
      rows > 0 ? parts.count : 0, stride: 2 * backend.wholeVectors(width), from: offset,
      into: (pass.gradient(of: beta), width), and: (pass.gradient(of: gamma), width))
  }
}
