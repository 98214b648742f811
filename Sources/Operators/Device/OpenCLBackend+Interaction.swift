import OpenCL

extension OpenCLBackend {
  public func interaction(_ shape: Interaction.Shape, rows: Int, e: Buffer, y: Buffer) throws {
    try run("interaction", of: "interaction", items: rows, rows, shape.fields, shape.width, e, y)
  }

  public func interactionGradient(
    _ shape: Interaction.Shape, rows: Int, e: Buffer, dy: Buffer, de: GradientTarget<Buffer>
  ) throws {
    try run(
      "interaction_gradient", of: "interaction", items: rows, rows, shape.fields, shape.width, e,
      dy,
      de.buffer, de.accumulates ? 1 : 0)
  }
}
