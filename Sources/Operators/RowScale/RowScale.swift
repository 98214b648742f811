import OpenCL

/// Each row of an activation times a number of its own, `y[b,:] = s[b] · x[b,:]`; `dx[b,:] = s[b] · dy[b,:]`,
/// `ds[b] = ⟨dy[b,:], x[b,:]⟩`.
package struct RowScale: Operation {
  /// x, [rows × width].
  package let input: Value
  /// s, [rows × 1].
  package let factor: Value
  package let output: Value

  package var label: String { "row scale \(output.width)" }
  package var inputs: [Value] { [input, factor] }
  package var parameters: [Parameter] { [] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * output.width
    return (Cost(flops: size, scalars: 2 * size), Cost(flops: 3 * size, scalars: 3 * size))
  }
}

extension Graph {
  /// Adds the product of each row with a number of its own.
  ///
  /// - Parameters:
  ///   - input: [rows × width].
  ///   - factor: [rows × 1].
  /// - Returns: [rows × width].
  public mutating func rowScale(_ input: Value, by factor: Value) -> Value {
    precondition(factor.width == 1, "a row has one factor")
    return append(RowScale(input: input, factor: factor, output: makeValue(width: input.width)))
  }
}

extension RowScale {
  package func forward(_ pass: ReferencePass) {
    let (x, s, y) = (pass[input], pass[factor], pass[output])
    for place in 0..<pass.rows * output.width { y[place] = s[place / output.width] * x[place] }
  }

  package func backward(_ pass: ReferencePass) {
    let (x, s, dy, width) = (pass[input], pass[factor], pass.gradient(of: output), output.width)
    let dx = pass.target(for: input)
    for place in 0..<pass.rows * width { dx.put(s[place / width] * dy[place], at: place) }
    let ds = pass.target(for: factor)
    for b in 0..<pass.rows {
      ds.put((0..<width).reduce(0) { $0 + dy[b * width + $1] * x[b * width + $1] }, at: b)
    }
  }
}

extension RowScale {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    try scale(pass, pass[input], into: GradientTarget(pass[output]))
  }

  package func backward(_ pass: DevicePass) throws {
    let dy = pass.gradient(of: output)
    try scale(pass, dy, into: pass.target(for: input))
    let ds = pass.target(for: factor)
    try pass.run(
      "row_products", of: "row_scale", items: pass.rows,
      [
        "rows": pass.rows, "width": output.width, "a": dy, "b": pass[input], "y": ds.buffer,
        "accumulate": ds.accumulates ? 1 : 0,
      ])
  }

  private func scale(
    _ pass: DevicePass, _ x: OpenCLBackend.Buffer, into y: GradientTarget<OpenCLBackend.Buffer>
  ) throws {
    try pass.run(
      "scale_rows", of: "row_scale", items: pass.rows * pass.vectors(output.width),
      [
        "rows": pass.rows, "width": output.width, "x": x, "s": pass[factor], "y": y.buffer,
        "accumulate": y.accumulates ? 1 : 0,
      ])
  }
}

extension RowScale {
  public func addNodes(to pass: inout ONNXPass) {
    pass[output] = pass.onnx.add("Mul", [pass[input], pass[factor]])
  }
}

extension OperatorTable {
  static let rowScale = OperatorCases(
    widths.map { width in
      .graph("row scale", "\(width)", reads: [width, 1]) { $0.rowScale($1[0], by: $1[1]) }
    } + [.graph("row scale", "by itself", reads: [1]) { $0.rowScale($1[0], by: $1[0]) }],
    timed: { rows in
      [.graph("row scale", "400", reads: [400, 1], rows: [rows]) { $0.rowScale($1[0], by: $1[1]) }]
    })
}
