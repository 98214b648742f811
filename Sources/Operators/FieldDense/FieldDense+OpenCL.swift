import OpenCL

extension FieldDense {
  /// Whatever either way of computing it takes.
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    let others = Dense.Shape(inputs: shape.otherInputs, outputs: shape.outputs)
    return max(
      dense.scratch(capacity: capacity, on: backend),
      backend.scratch(for: others, rows: capacity))
  }

  package func forward(_ pass: DevicePass) throws {
    let (rows, backend) = (pass.rows, pass.backend)
    guard rows > 0 else { return }
    guard !pass.isTraining || rows >= shape.fewestRows else { return try dense.forward(pass) }
    let (fields, own) = (try backend.tables(of: shape), workspace(pass))
    let (small, ids, outputs) = (shape.small.count, shape.ids, shape.outputs)
    if !pass.reusesPrepared {
      try backend.runPanels(
        "field_products", outputs, on: pass[table],
        [
          "width": shape.width, "count": small, "small_ids": ids, "small": fields.small,
          "table": pass[table], "weight": pass[dense.weight], "columns": outputs,
          "products": own.products,
        ])
      try takeOthers(
        pass, fields, rows: 1, width: shape.width * outputs, pass[dense.weight], own.weight)
    }
    try pass.run(
      "field_places", of: "field_dense", items: rows,
      [
        "rows": rows, "slots": shape.layout.slots, "count": small, "small_ids": ids,
        "small": fields.small, "field_slots": pass.input.fieldStarts, "ids": pass.input.ids,
        "places": own.places,
      ])
    // Panels by themselves, whose products stay in a cache; rows in parts only where panels are few.
    let panels = backend.panels(outputs)
    let parts = min((4 * backend.device.computeUnits + panels - 1) / panels, rows)
    let block = (rows + parts - 1) / parts
    try backend.library.kernel("add_products", of: "field_dense").launch(
      on: backend.queue, global: [panels, (rows + block - 1) / block], local: [1, 1],
      [
        "rows": rows, "block": block, "count": small, "small_ids": ids, "places": own.places,
        "products": own.products, "columns": outputs, "y": pass[output],
      ])
    try takeOthers(pass, fields, rows: rows, width: shape.width, pass[dense.input], own.x)
    let epilogue = pass.epilogue(dense.epilogue)
    try backend.drawMask(epilogue, rows: rows, width: outputs)
    try backend.ownProduct(
      own.x, rows: rows, otherWeights(own.weight),
      .onward(bias: dense.bias.map { pass[$0] }, epilogue), into: pass[output])
  }

  package func backward(_ pass: DevicePass) throws {
    let (rows, backend) = (pass.rows, pass.backend)
    guard rows > 0, rows >= shape.fewestRows else { return try dense.backward(pass) }
    let (fields, own) = (try backend.tables(of: shape), workspace(pass))
    let (small, ids, outputs) = (shape.small.count, shape.ids, shape.outputs)
    let (dy, dx) = (pass.gradient(of: output), pass.target(for: dense.input))
    let dweight = pass.gradient(of: dense.weight)
    let epilogue = dense.gradientEpilogue(pass)
    if epilogue != .none {
      try backend.activateGradient(
        epilogue, width: outputs, rows: rows, y: pass[output], dy: dy, dx: GradientTarget(dy))
    }
    try backend.ownTransposedProduct(
      own.x, dy, depth: rows, rows: shape.otherInputs, columns: outputs, into: own.dweight,
      sums: dense.bias.map { pass.gradient(of: $0) })
    try putOthers(
      pass, fields, rows: 1, width: shape.width * outputs, own.dweight, GradientTarget(dweight))
    try backend.ownProduct(
      dy, rows: rows, otherWeights(own.weight).transposed, .plain, into: own.dx)
    try putOthers(pass, fields, rows: rows, width: shape.width, own.dx, dx)
    let block = FieldDense.Shape.block
    try backend.library.kernel("field_order", of: "field_dense").launch(
      on: backend.queue, global: [small, (rows + block - 1) / block], local: [1, 1],
      [
        "rows": rows, "block": block, "count": small, "small_ids": ids, "small": fields.small,
        "places": own.places, "starts": own.starts, "order": own.order,
      ])
    try backend.runPanels(
      "field_sums", outputs,
      [
        "rows": rows, "block": min(block, rows), "count": small, "small_ids": ids,
        "small": fields.small,
        "starts": own.starts, "order": own.order, "dz": dy, "columns": outputs,
        "packed": own.packed, "sums": own.sums,
      ])
    try backend.runPanels(
      "field_weights", outputs, on: pass[table],
      [
        "width": shape.width, "count": small, "small_ids": ids, "small": fields.small,
        "table": pass[table], "sums": own.sums, "columns": outputs, "dweight": dweight,
      ])
    try pass.run(
      "field_inputs", of: "field_dense", items: ids,
      [
        "rows": rows, "block": block, "width": shape.width, "fields": shape.layout.fields,
        "count": small, "small_ids": ids, "small": fields.small, "starts": own.starts,
        "order": own.order,
        "weight": pass[dense.weight], "sums": own.sums, "columns": outputs, "dx": dx.buffer,
      ])
  }

  /// The parts of `x` that belong to the other fields, [rows × others·width].
  private func takeOthers(
    _ pass: DevicePass, _ fields: FieldTables, rows: Int, width: Int, _ x: OpenCLBackend.Buffer,
    _ y: OpenCLBackend.Buffer
  ) throws {
    try pass.run(
      "take_fields", of: "field_dense", items: rows,
      [
        "rows": rows, "fields": shape.layout.fields,
        "others": shape.layout.fields - shape.small.count, "width": width, "runs": fields.runCount,
        "run": fields.runs, "x": x, "y": y,
      ])
  }

  /// These parts back to where they were, with zeros between them.
  private func putOthers(
    _ pass: DevicePass, _ fields: FieldTables, rows: Int, width: Int, _ y: OpenCLBackend.Buffer,
    _ x: GradientTarget<OpenCLBackend.Buffer>
  ) throws {
    try pass.run(
      "put_fields", of: "field_dense", items: rows,
      [
        "rows": rows, "fields": shape.layout.fields,
        "others": shape.layout.fields - shape.small.count, "width": width, "runs": fields.runCount,
        "run": fields.runs, "y": y, "x": x.buffer, "accumulate": x.accumulates ? 1 : 0,
      ])
  }

  private func otherWeights(_ weight: OpenCLBackend.Buffer) -> Matrix {
    Matrix(buffer: weight, rows: shape.otherInputs, columns: shape.outputs)
  }
}

extension OpenCLBackend {
  /// Launches a kernel with a work-item a panel.
  fileprivate func runPanels(
    _ name: String, _ columns: Int, on table: Buffer? = nil, _ arguments: KernelArguments
  ) throws {
    try library.kernel(name, of: "field_dense", with: table?.entryOptions ?? []).launch(
      on: queue, global: [panels(columns)], local: [1], arguments)
  }

  fileprivate func tables(of shape: FieldDense.Shape) throws -> FieldTables {
    if let tables = fieldTables[shape] { return tables }
    let tables = try FieldTables(shape, on: queue)
    fieldTables[shape] = tables
    return tables
  }
}

/// The fields of a ``FieldDense`` as `field_dense.cl` has them.
struct FieldTables {
  /// The small fields: number, first feature, ids, place of the first id.
  let small: OpenCL.Buffer<Int32>
  /// The runs of fields of one kind: first field, fields, other fields before it, whether it is small.
  let runs: OpenCL.Buffer<Int32>
  let runCount: Int

  init(_ shape: FieldDense.Shape, on queue: Queue) throws {
    var (place, others) = (0, 0)
    let small = shape.small.flatMap { field in
      defer { place += field.features.count }
      return [field.number, field.features.lowerBound, field.features.count, place]
    }
    let numbers = Set(shape.small.map(\.number))
    var runs: [[Int]] = []
    for field in 0..<shape.layout.fields {
      let isSmall = numbers.contains(field) ? 1 : 0
      if let last = runs.last, last[3] == isSmall {
        runs[runs.count - 1][1] += 1
      } else {
        runs.append([field, 1, others, isSmall])
      }
      others += 1 - isSmall
    }
    self.small = try OpenCL.Buffer(small.map(Int32.init), on: queue, label: "small fields")
    self.runs = try OpenCL.Buffer(
      runs.joined().map(Int32.init), on: queue, label: "runs of fields")
    runCount = runs.count
  }
}
