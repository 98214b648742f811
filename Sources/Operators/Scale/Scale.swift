/// An activation times a number, `y = c · x`, `dx = c · dy`.
package struct Scale: Operation {
  /// x, [rows × width].
  package let input: Value
  /// c.
  package let factor: Float
  package let output: Value

  package var label: String { "scale \(output.width)" }
  package var inputs: [Value] { [input] }
  package var parameters: [Parameter] { [] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * output.width
    return (Cost(flops: size, scalars: 2 * size), Cost(flops: size, scalars: 2 * size))
  }
}

extension Graph {
  /// Adds the product of an activation with a number: [rows × width] to [rows × width].
  public mutating func scale(_ input: Value, by factor: Float) -> Value {
    append(Scale(input: input, factor: factor, output: makeValue(width: input.width)))
  }
}

extension Scale {
  package func forward(_ pass: ReferencePass) {
    let (x, y) = (pass[input], pass[output])
    for index in 0..<pass.rows * output.width { y[index] = Double(factor) * x[index] }
  }

  package func backward(_ pass: ReferencePass) {
    let (dy, dx) = (pass.gradient(of: output), pass.target(for: input))
    for index in 0..<pass.rows * output.width { dx.put(Double(factor) * dy[index], at: index) }
  }
}

extension Scale {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    try scale(pass, pass[input], into: GradientTarget(pass[output]))
  }

  package func backward(_ pass: DevicePass) throws {
    try scale(pass, pass.gradient(of: output), into: pass.target(for: input))
  }

  private func scale(
    _ pass: DevicePass, _ x: OpenCLBackend.Buffer, into y: GradientTarget<OpenCLBackend.Buffer>
  ) throws {
    let count = pass.rows * output.width
    try pass.run(
      "scale", of: "scale", items: pass.vectors(count),
      [
        "count": count, "factor": factor, "x": x, "y": y.buffer,
        "accumulate": y.accumulates ? 1 : 0,
      ])
  }
}

extension Scale {
  public func addNodes(to pass: inout ONNXPass) {
    let factor = pass.onnx.constant("factor", .init([factor], shape: [1]))
    pass[output] = pass.onnx.add("Mul", [pass[input], factor])
  }
}

extension OperatorTable {
  static let scale = OperatorCases(
    widths.map { width in
      .graph("scale", "\(width)", reads: [width]) { $0.scale($1[0], by: 0.3) }
    } + [.shared("scale", width: 7) { graph, _, x in graph.scale(x, by: -2) }])
}
