import OpenCL

extension Activate {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.maskCount(rows: capacity, width: input.width)
  }

  package func forward(_ pass: DevicePass) throws {
    let (rows, width, epilogue) = (pass.rows, input.width, pass.epilogue(epilogue))
    try pass.backend.drawMask(epilogue, rows: rows, width: width)
    try pass.run(
      "activate", of: "activation", items: rows * pass.vectors(width),
      [
        "rows": rows, "width": width, "e": epilogue.argument, "mask": pass.scratch,
        "x": pass[input], "y": pass[output],
      ])
  }

  package func backward(_ pass: DevicePass) throws {
    try pass.backend.activateGradient(
      pass.epilogue(epilogue), width: input.width, rows: pass.rows, y: pass[output],
      dy: pass.gradient(of: output), dx: pass.target(for: input))
  }
}

extension OpenCLBackend {
  /// `dx = dy ∘ epilogue'(y)`, [rows × width].
  func activateGradient(
    _ epilogue: Epilogue, width: Int, rows: Int, y: Buffer, dy: Buffer, dx: GradientTarget<Buffer>
  ) throws {
    try drawGradientMask(epilogue, rows: rows, width: width)
    try run(
      "activate_gradient", of: "activation", items: rows * vectors(width),
      [
        "rows": rows, "width": width, "e": epilogue.argument, "mask": scratch, "y": y, "dy": dy,
        "dx": dx.buffer, "accumulate": dx.accumulates ? 1 : 0,
      ])
  }

  /// The scalars that the mask of a layer's dropout takes at the beginning of scratch memory.
  func maskCount(rows: Int, width: Int) -> Int { rows * ((width + 127) / 128) * 4 }

  /// Draws which elements are dropped, where any are.
  func drawMask(_ epilogue: Epilogue, rows: Int, width: Int) throws {
    guard epilogue.dropout != nil else { return }
    try run(
      "dropout_mask", of: "dropout", items: (rows + 3) / 4 * ((width + 127) / 128),
      ["rows": rows, "width": width, "e": epilogue.argument, "mask": scratch])
  }

  /// The same for a gradient, which needs no mask where the outputs themselves tell.
  func drawGradientMask(_ epilogue: Epilogue, rows: Int, width: Int) throws {
    guard epilogue.activation != .relu else { return }
    try drawMask(epilogue, rows: rows, width: width)
  }
}

extension Epilogue {
  /// The struct of `epilogue.cl`.
  struct Argument: BitwiseCopyable {
    let activation, threshold: Int32
    let scale: Float
    let step, layer, seedLow, seedHigh: UInt32
  }

  /// The kernels' form.
  var argument: StructArgument<Argument> {
    let seed = dropout?.seed ?? 0
    return StructArgument(
      Argument(
        activation: activation.code, threshold: Int32(dropout?.threshold ?? 0),
        scale: dropout?.scale ?? 1, step: dropout?.step ?? 0, layer: dropout?.layer ?? 0,
        seedLow: UInt32(truncatingIfNeeded: seed), seedHigh: UInt32(truncatingIfNeeded: seed >> 32))
    )
  }
}

extension Activation {
  /// The number of `epilogue.cl`.
  fileprivate var code: Int32 {
    switch self {
    case .identity: 0
    case .relu: 1
    case .tanh: 2
    case .sigmoid: 3
    }
  }
}
