/// The outer product of a vector with itself, `y[b,i,j] = x[b,i] · x[b,j]`, [rows × width²], and
/// `dx[b,i] = Σ_j (dy[b,i,j] + dy[b,j,i]) · x[b,j]`: of f_Σ, the outer product layer of PNN (Qu et al. 2016),
/// which is the sum of the outer products of all pairs of fields.
package struct OuterProduct: Operation {
  /// x, [rows × width].
  package let input: Value
  package let output: Value

  package var label: String { "outer product \(input.width)×\(input.width)" }
  package var inputs: [Value] { [input] }
  package var parameters: [Parameter] { [] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let scalars = rows * (input.width + output.width)
    return (
      Cost(flops: rows * output.width, scalars: scalars),
      Cost(flops: 3 * rows * output.width, scalars: scalars + rows * input.width)
    )
  }
}

extension Graph {
  /// Adds the outer product of a vector with itself.
  ///
  /// - Parameter input: x, [rows × width].
  /// - Returns: x xᵀ row by row, [rows × width²].
  public mutating func outerProduct(_ input: Value) -> Value {
    append(OuterProduct(input: input, output: makeValue(width: input.width * input.width)))
  }
}

extension OuterProduct {
  package func forward(_ pass: ReferencePass) {
    let (x, y, width) = (pass[input], pass[output], input.width)
    for b in 0..<pass.rows {
      let vector = x.row(b, width: width)
      for i in 0..<width {
        for j in 0..<width { y[(b * width + i) * width + j] = vector[i] * vector[j] }
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let (x, dy, dx) = (pass[input], pass.gradient(of: output), pass.target(for: input))
    let width = input.width
    for b in 0..<pass.rows {
      let (vector, slopes) = (x.row(b, width: width), dy.row(b, width: width * width))
      for i in 0..<width {
        let slope = (0..<width).reduce(0) {
          $0 + (slopes[i * width + $1] + slopes[$1 * width + i]) * vector[$1]
        }
        dx.put(slope, at: b * width + i)
      }
    }
  }
}

extension OuterProduct {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    try pass.run(
      "outer_product", of: "outer_product", items: pass.rows * input.width,
      ["rows": pass.rows, "width": input.width, "x": pass[input], "y": pass[output]])
  }

  package func backward(_ pass: DevicePass) throws {
    let dx = pass.target(for: input)
    try pass.run(
      "outer_product_gradient", of: "outer_product", items: pass.rows * input.width,
      [
        "rows": pass.rows, "width": input.width, "x": pass[input], "dy": pass.gradient(of: output),
        "dx": dx.buffer, "accumulate": dx.accumulates ? 1 : 0,
      ])
  }
}

extension OuterProduct {
  public func addNodes(to pass: inout ONNXPass) {
    let column = pass.onnx.add("Unsqueeze", pass[input], [2])
    let row = pass.onnx.add("Unsqueeze", pass[input], [1])
    pass[output] = pass.flat(pass.onnx.add("Mul", [column, row]))
  }
}

extension OperatorTable {
  static let outerProduct = OperatorCases(
    vectorLengths.map { k in
      .graph("outer product", "\(k)×\(k)", reads: [k]) { $0.outerProduct($1[0]) }
    } + [.shared("outer product", width: 7) { graph, _, x in graph.outerProduct(x) }],
    timed: { rows in
      [.graph("outer product", "10×10", reads: [10], rows: [rows]) { $0.outerProduct($1[0]) }]
    })
}
