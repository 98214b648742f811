import OpenCL

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

extension OpenCLBackend {
  /// On CPUs, where products are our own and of floats. Elsewhere a product is cheap beside many
  /// launches.
  public var multipliesFieldsByID: Bool {
    library.tuning.tiles == nil && !products.usesCLBlast && products.parts == nil
  }

  /// Whatever either way of computing it takes.
  func scratch(for shape: FieldDense.Shape, rows: Int) -> Int {
    max(
      scratch(for: shape.dense, rows: rows),
      scratch(for: Dense.Shape(inputs: shape.otherInputs, outputs: shape.outputs), rows: rows))
  }

  public func fieldDense(
    _ shape: FieldDense.Shape, input: OpenCLInput, operands: FieldDense.Operands<Buffer>,
    pass: FieldDense.Pass, epilogue: Epilogue, y: Buffer
  ) throws {
    let rows = input.rows
    guard rows > 0 else { return }
    guard !pass.isTraining || rows >= shape.fewestRows else {
      return try dense(
        shape.dense, rows: rows, x: operands.x, weight: operands.weight, bias: operands.bias,
        epilogue: epilogue, y: y)
    }
    let (fields, own) = (try tables(of: shape), operands.workspace)
    if !pass.reusesProducts {
      try runPanels(
        "field_products", shape.outputs, shape.width, shape.small.count, shape.ids, fields.small,
        operands.table, operands.weight, shape.outputs, own.products)
      try takeOthers(
        shape, fields, rows: 1, width: shape.width * shape.outputs, operands.weight, own.weight)
    }
    try run(
      "field_places", of: "field_dense", items: rows, rows, shape.layout.slots, shape.small.count,
      shape.ids, fields.small, input.fieldStarts, input.ids, own.places)
    // Panels by themselves, whose products stay in a cache; rows in parts only where panels are few.
    let parts = min(
      (4 * device.computeUnits + panels(shape.outputs) - 1) / panels(shape.outputs), rows)
    let block = (rows + parts - 1) / parts
    try library.kernel("add_products", of: "field_dense").launch(
      on: queue, global: [panels(shape.outputs), (rows + block - 1) / block], local: [1, 1],
      rows, block, shape.small.count, shape.ids, own.places, own.products, shape.outputs, y)
    try takeOthers(shape, fields, rows: rows, width: shape.width, operands.x, own.x)
    try drawMask(epilogue, rows: rows, width: shape.outputs)
    try ownProduct(
      own.x, rows: rows, otherWeights(shape, own.weight), .onward(bias: operands.bias, epilogue),
      into: y)
  }

  public func fieldDenseGradient(
    _ shape: FieldDense.Shape, input: OpenCLInput, operands: FieldDense.Operands<Buffer>,
    epilogue: Epilogue, y: Buffer, dy: Buffer, dx: GradientTarget<Buffer>, dweight: Buffer,
    dbias: Buffer?
  ) throws {
    let rows = input.rows
    guard rows > 0, rows >= shape.fewestRows else {
      return try denseGradient(
        shape.dense, rows: rows, x: operands.x, weight: operands.weight, epilogue: epilogue, y: y,
        dy: dy, dx: dx, below: .none, dweight: dweight, dbias: dbias)
    }
    let (fields, own) = (try tables(of: shape), operands.workspace)
    let (small, ids, outputs) = (shape.small.count, shape.ids, shape.outputs)
    if epilogue != .none {
      try activateGradient(
        epilogue, width: outputs, rows: rows, y: y, dy: dy, dx: GradientTarget(dy))
    }
    try ownTransposedProduct(
      own.x, dy, depth: rows, rows: shape.otherInputs, columns: outputs, into: own.dweight,
      sums: dbias)
    try putOthers(
      shape, fields, rows: 1, width: shape.width * outputs, own.dweight, GradientTarget(dweight))
    try ownProduct(
      dy, rows: rows, otherWeights(shape, own.weight).transposed, .plain, into: own.dx)
    try putOthers(shape, fields, rows: rows, width: shape.width, own.dx, dx)
    let block = FieldDense.Shape.block
    try library.kernel("field_order", of: "field_dense").launch(
      on: queue, global: [small, (rows + block - 1) / block], local: [1, 1],
      rows, block, small, ids, fields.small, own.places, own.starts, own.order)
    try runPanels(
      "field_sums", outputs, rows, min(block, rows), small, ids, fields.small, own.starts,
      own.order, dy, outputs, own.packed, own.sums)
    try runPanels(
      "field_weights", outputs, shape.width, small, ids, fields.small, operands.table, own.sums,
      outputs, dweight)
    try run(
      "field_inputs", of: "field_dense", items: ids, rows, block, shape.width, shape.layout.fields,
      small, ids, fields.small, own.starts, own.order, operands.weight, own.sums, outputs,
      dx.buffer)
  }

  /// Launches a kernel with a work-item a panel.
  private func runPanels(
    _ name: String, _ columns: Int, _ arguments: any KernelArgument...
  ) throws {
    try library.kernel(name, of: "field_dense").launch(
      on: queue, global: [panels(columns)], local: [1], arguments: arguments)
  }

  /// The parts of `x` that belong to the other fields, [rows × others·width].
  private func takeOthers(
    _ shape: FieldDense.Shape, _ fields: FieldTables, rows: Int, width: Int, _ x: Buffer,
    _ y: Buffer
  ) throws {
    try run(
      "take_fields", of: "field_dense", items: rows, rows, shape.layout.fields,
      shape.layout.fields - shape.small.count, width, fields.runCount, fields.runs, x, y)
  }

  /// These parts back to where they were, with zeros between them.
  private func putOthers(
    _ shape: FieldDense.Shape, _ fields: FieldTables, rows: Int, width: Int, _ y: Buffer,
    _ x: GradientTarget<Buffer>
  ) throws {
    try run(
      "put_fields", of: "field_dense", items: rows, rows, shape.layout.fields,
      shape.layout.fields - shape.small.count, width, fields.runCount, fields.runs, y, x.buffer,
      x.accumulates ? 1 : 0)
  }

  private func otherWeights(_ shape: FieldDense.Shape, _ weight: Buffer) -> Matrix {
    Matrix(buffer: weight, rows: shape.otherInputs, columns: shape.outputs)
  }

  private func tables(of shape: FieldDense.Shape) throws -> FieldTables {
    if let tables = fieldTables[shape] { return tables }
    let tables = try FieldTables(shape, on: queue)
    fieldTables[shape] = tables
    return tables
  }
}
