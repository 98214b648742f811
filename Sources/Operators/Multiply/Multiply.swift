/// The product of two activations element by element, `y = a ∘ b`, `da = dy ∘ b`, `db = dy ∘ a`.
package struct Multiply: Operation {
  /// a, [rows × width].
  package let first: Value
  /// b, [rows × width].
  package let second: Value
  package let output: Value

  package var label: String { "product \(output.width)" }
  package var inputs: [Value] { [first, second] }
  package var parameters: [Parameter] { [] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * output.width
    return (Cost(flops: size, scalars: 3 * size), Cost(flops: 2 * size, scalars: 5 * size))
  }
}

extension Graph {
  /// Adds the product of two activations of equal width, element by element.
  ///
  /// - Returns: [rows × width].
  /// - Precondition: both are as wide.
  public mutating func multiply(_ first: Value, _ second: Value) -> Value {
    precondition(first.width == second.width, "the factors of a product are equally wide")
    return append(Multiply(first: first, second: second, output: makeValue(width: first.width)))
  }
}

extension Multiply {
  package func forward(_ pass: ReferencePass) {
    multiply(pass, pass[first], pass[second], into: GradientTarget(pass[output]))
  }

  package func backward(_ pass: ReferencePass) {
    let dy = pass.gradient(of: output)
    multiply(pass, dy, pass[second], into: pass.target(for: first))
    multiply(pass, dy, pass[first], into: pass.target(for: second))
  }

  private func multiply(
    _ pass: ReferencePass, _ a: ReferenceBuffer, _ b: ReferenceBuffer,
    into y: GradientTarget<ReferenceBuffer>
  ) {
    for index in 0..<pass.rows * output.width { y.put(a[index] * b[index], at: index) }
  }
}

extension Multiply {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    try multiply(pass, pass[first], pass[second], into: GradientTarget(pass[output]))
  }

  package func backward(_ pass: DevicePass) throws {
    let dy = pass.gradient(of: output)
    try multiply(pass, dy, pass[second], into: pass.target(for: first))
    try multiply(pass, dy, pass[first], into: pass.target(for: second))
  }

  private func multiply(
    _ pass: DevicePass, _ a: OpenCLBackend.Buffer, _ b: OpenCLBackend.Buffer,
    into y: GradientTarget<OpenCLBackend.Buffer>
  ) throws {
    let count = pass.rows * output.width
    try pass.run(
      "multiply", of: "multiply", items: pass.vectors(count),
      ["count": count, "a": a, "b": b, "y": y.buffer, "accumulate": y.accumulates ? 1 : 0])
  }
}

extension Multiply {
  public func addNodes(to pass: inout ONNXPass) {
    pass[output] = pass.onnx.add("Mul", [pass[first], pass[second]])
  }
}

extension OperatorTable {
  static let multiply = OperatorCases(
    widths.map { width in
      .graph("product", "\(width)", reads: [width, width]) { $0.multiply($1[0], $1[1]) }
    } + [.graph("product", "a square", reads: [7]) { $0.multiply($1[0], $1[0]) }],
    timed: { rows in
      [
        .graph("product", "400", reads: [400, 400], rows: [rows]) { $0.multiply($1[0], $1[1]) }
      ]
    })
}
