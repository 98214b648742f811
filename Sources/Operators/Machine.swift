extension Backend {
  /// No: a machine is made of other operators.
  public func fusesMachine(_ shape: Lookup) -> Bool { false }

  /// The operators that it is made of.
  public func machine(
    _ shape: Lookup, input: Input, table: Buffer, weights: Buffer, bias: Buffer, sums: Buffer,
    y: Buffer
  ) throws {
    try composedMachine(
      shape, input: input, table: table, weights: weights, bias: bias, sums: sums, y: y)
  }

  /// The operators that it is made of.
  public func updateMachine(
    _ table: TableStep<Buffer>, _ weights: TableStep<Buffer>, sums: Buffer, input: Input
  ) throws {
    try updateComposedMachine(table, weights, input: input)
  }

  func composedMachine(
    _ shape: Lookup, input: Input, table: Buffer, weights: Buffer, bias: Buffer, sums: Buffer,
    y: Buffer
  ) throws {
    let e = try fieldEmbeddings(shape, input: input, table: table)
    let (linear, pairs) = (
      try makeBuffer("linear", count: input.rows), try makeBuffer("pairs", count: input.rows)
    )
    try fieldSum(shape.fields, rows: input.rows, e: e, y: sums)
    try interaction(shape.fields, rows: input.rows, e: e, y: pairs)
    try lookup(
      Lookup(layout: shape.layout, width: 1, target: .sample), input: input, table: weights,
      bias: bias, y: linear)
    try sum([linear, pairs], count: input.rows, y: y)
  }

  func updateComposedMachine(
    _ table: TableStep<Buffer>, _ weights: TableStep<Buffer>, input: Input
  ) throws {
    let e = try fieldEmbeddings(table.shape, input: input, table: table.table)
    let de = try makeBuffer("de", count: input.rows * table.shape.outputWidth)
    try interactionGradient(
      table.shape.fields, rows: input.rows, e: e, dy: weights.dy, de: GradientTarget(de))
    try updateTable(table.replacing(dy: de), input: input)
    try updateTable(weights, input: input)
  }

  private func fieldEmbeddings(_ shape: Lookup, input: Input, table: Buffer) throws -> Buffer {
    let e = try makeBuffer("e", count: input.rows * shape.outputWidth)
    try lookup(shape, input: input, table: table, bias: nil, y: e)
    return e
  }
}

extension Lookup {
  /// The field embeddings that a lookup by fields leaves.
  fileprivate var fields: Interaction.Shape {
    Interaction.Shape(fields: layout.fields, width: width)
  }
}
