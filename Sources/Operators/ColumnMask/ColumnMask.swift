import ONNX

/// Some columns of an activation, and zeros in place of the others: `y[b,:] = m ⊙ x[b,:]` with m of ones and zeros;
/// `dx[b,:] = m ⊙ dy[b,:]`.
package struct ColumnMask: Operation {
  /// x, [rows × width].
  package let input: Value
  /// m, [1 × width].
  package let mask: Parameter
  package let output: Value

  package var label: String { "column mask \(output.width)" }
  package var inputs: [Value] { [input] }
  package var parameters: [Parameter] { [mask] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * output.width
    let cost = Cost(flops: size, scalars: 2 * size + output.width)
    return (cost, cost)
  }
}

extension Graph {
  /// Keeps some columns of an activation, and puts zeros in the place of the others.
  ///
  /// - Parameters:
  ///   - name: the name of the mask, which is part of the model, [1 × width].
  ///   - input: [rows × width].
  ///   - isKept: for each column whether it is kept.
  /// - Returns: [rows × width].
  public mutating func columnMask(_ name: String, _ input: Value, keeping isKept: [Bool]) -> Value {
    precondition(isKept.count == input.width, "a column is kept or not")
    let mask = makeParameter(
      name, rows: 1, columns: input.width, kind: .statistic, group: .embedding,
      initializer: .numbers(isKept.map { $0 ? 1 : 0 }))
    return append(ColumnMask(input: input, mask: mask, output: makeValue(width: input.width)))
  }
}

extension ColumnMask {
  package func forward(_ pass: ReferencePass) {
    let (x, m, y) = (pass[input], pass[mask], pass[output])
    for place in 0..<pass.rows * output.width { y[place] = m[place % output.width] * x[place] }
  }

  package func backward(_ pass: ReferencePass) {
    let (m, dy, dx) = (pass[mask], pass.gradient(of: output), pass.target(for: input))
    for place in 0..<pass.rows * output.width {
      dx.put(m[place % output.width] * dy[place], at: place)
    }
  }
}

extension ColumnMask {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    try pass.scaleColumns(
      of: pass[input], by: pass[mask], into: GradientTarget(pass[output]), width: output.width)
  }

  package func backward(_ pass: DevicePass) throws {
    try pass.scaleColumns(
      of: pass.gradient(of: output), by: pass[mask], into: pass.target(for: input),
      width: output.width)
  }
}

extension DevicePass {
  /// The columns of a matrix times numbers of their own, [width]: put into another or added.
  func scaleColumns(
    of x: OpenCLBackend.Buffer, by factors: OpenCLBackend.Buffer,
    into y: GradientTarget<OpenCLBackend.Buffer>, width: Int
  ) throws {
    try run(
      "scale_columns", of: "columns", items: rows * vectors(width),
      [
        "rows": rows, "width": width, "s": factors, "x": x, "y": y.buffer,
        "accumulate": y.accumulates ? 1 : 0,
      ])
  }
}

extension ColumnMask {
  public func addNodes(to pass: inout ONNXPass) {
    let kept = pass.onnx.constant(
      mask.name, ONNXTensor(pass.numbers(of: mask), shape: [mask.columns]))
    pass[output] = pass.onnx.add("Mul", [pass[input], kept])
  }
}

extension OperatorTable {
  static let columnMask = OperatorCases(
    widths.map { width in
      .graph("column mask", "\(width)", reads: [width]) { graph, x in
        graph.columnMask("mask", x[0], keeping: (0..<width).map { $0 % 3 != 1 })
      }
    } + [
      .shared("column mask", width: 7) { graph, name, x in
        graph.columnMask(name, x, keeping: (0..<7).map { $0 < 4 })
      }
    ],
    timed: { rows in
      [
        .graph("column mask", "390", reads: [390], rows: [rows]) { graph, x in
          graph.columnMask("mask", x[0], keeping: (0..<390).map { $0 % 10 < 6 })
        }
      ]
    })
}
