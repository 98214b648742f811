import OpenCL

extension ActivationUnit {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    [hidden, last].map { backend.scratch(for: $0, rows: capacity * list.slots.count) }.max() ?? 0
  }

  package func forward(_ pass: DevicePass) throws {
    let (rows, kept) = (pass.rows * list.slots.count, pass.workspace(of: self))
    try pass.run(
      "unit_inputs", of: "activation_unit", items: pass.rows, arguments(pass) + ["x": kept[0]])
    try pass.backend.dense(
      hidden, rows: rows, x: kept[0], weight: pass[hiddenWeight], bias: pass[hiddenBias],
      epilogue: Epilogue(.relu), y: kept[1])
    try pass.backend.dense(
      last, rows: rows, x: kept[1], weight: pass[weight], bias: pass[bias], epilogue: .none,
      y: pass[output])
  }

  package func backward(_ pass: DevicePass) throws {
    let (rows, kept) = (pass.rows * list.slots.count, pass.workspace(of: self))
    let dh = pass.target(for: vectors)
    if !dh.accumulates {
      try pass.backend.fill(dh.buffer, with: 0, count: pass.rows * vectors.width)
    }
    try pass.backend.denseGradient(
      last, rows: rows, x: kept[1], weight: pass[weight], epilogue: .none, y: pass[output],
      dy: pass.gradient(of: output), dx: GradientTarget(kept[3]), below: Epilogue(.relu),
      dweight: pass.gradient(of: weight), dbias: pass.gradient(of: bias))
    try pass.backend.denseGradient(
      hidden, rows: rows, x: kept[0], weight: pass[hiddenWeight], epilogue: .none, y: kept[1],
      dy: kept[3], dx: GradientTarget(kept[2]), below: .none,
      dweight: pass.gradient(of: hiddenWeight), dbias: pass.gradient(of: hiddenBias))
    try pass.run(
      "unit_inputs_gradient", of: "activation_unit", items: pass.rows,
      arguments(pass) + ["dx": kept[2], "dh": dh.buffer])
  }

  private func arguments(_ pass: DevicePass) -> KernelArguments {
    [
      "rows": pass.rows, "slots": layout.slots, "width": width, "target": list.target,
      "first": list.slots.lowerBound, "last": list.slots.upperBound, "ids": pass.input.ids,
      "h": pass[vectors],
    ]
  }
}
