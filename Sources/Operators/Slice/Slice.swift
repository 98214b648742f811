/// Some columns of an activation, `y[b,j] = x[b,start + j]`, and `dx[b,start + j] = dy[b,j]`, 0 elsewhere.
package struct Slice: Operation {
  /// x, [rows × any width].
  package let input: Value
  /// Which columns.
  package let columns: Range<Int>
  package let output: Value

  package var label: String { "slice \(columns.count) of \(input.width)" }
  package var inputs: [Value] { [input] }
  package var parameters: [Parameter] { [] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let scalars = 2 * rows * output.width
    return (Cost(flops: 0, scalars: scalars), Cost(flops: 0, scalars: scalars))
  }
}

extension Graph {
  /// Adds some columns of an activation as one of its own.
  ///
  /// - Returns: [rows × columns].
  /// - Precondition: the input has these columns, and there is one at least.
  public mutating func slice(_ input: Value, columns: Range<Int>) -> Value {
    precondition(!columns.isEmpty && columns.lowerBound >= 0 && columns.upperBound <= input.width)
    return append(
      Slice(input: input, columns: columns, output: makeValue(width: columns.count)))
  }

  /// Adds both halves of an activation, each [rows × width/2].
  ///
  /// - Precondition: the width is even.
  public mutating func halves(_ input: Value) -> (first: Value, second: Value) {
    precondition(input.width % 2 == 0, "halves are equally wide")
    let middle = input.width / 2
    return (slice(input, columns: 0..<middle), slice(input, columns: middle..<input.width))
  }
}

extension Slice {
  package func forward(_ pass: ReferencePass) {
    let (x, y) = (pass[input], pass[output])
    for b in 0..<pass.rows {
      for j in columns.indices {
        y[b * output.width + j - columns.lowerBound] = x[b * input.width + j]
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let (dy, dx) = (pass.gradient(of: output), pass.target(for: input))
    for b in 0..<pass.rows {
      for j in 0..<input.width {
        let slope = columns.contains(j) ? dy[b * output.width + j - columns.lowerBound] : 0
        dx.put(slope, at: b * input.width + j)
      }
    }
  }
}

extension Slice {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    try pass.copyColumns(
      columns, of: pass[input], width: input.width, to: 0, of: GradientTarget(pass[output]),
      width: output.width)
  }

  package func backward(_ pass: DevicePass) throws {
    let dx = pass.target(for: input)
    if !dx.accumulates, columns.count < input.width {
      try pass.backend.fill(dx.buffer, with: 0, count: pass.rows * input.width)
    }
    try pass.copyColumns(
      0..<columns.count, of: pass.gradient(of: output), width: output.width,
      to: columns.lowerBound, of: dx, width: input.width)
  }
}

extension DevicePass {
  /// Copies columns of a matrix to those of another, from `start` on, or adds them.
  func copyColumns(
    _ columns: Range<Int>, of x: OpenCLBackend.Buffer, width: Int, to start: Int,
    of y: GradientTarget<OpenCLBackend.Buffer>, width targetWidth: Int
  ) throws {
    try run(
      "copy_columns", of: "columns", items: rows * vectors(columns.count),
      [
        "rows": rows, "width": columns.count, "from_width": width, "from": columns.lowerBound,
        "to_width": targetWidth, "to": start, "x": x, "y": y.buffer,
        "accumulate": y.accumulates ? 1 : 0,
      ])
  }
}

extension Slice {
  public func addNodes(to pass: inout ONNXPass) {
    func bound(_ place: Int) -> String {
      pass.onnx.constant("slice_bound", .init([Int64(place)], shape: [1]))
    }
    pass[output] = pass.onnx.add(
      "Slice", [pass[input], bound(columns.lowerBound), bound(columns.upperBound), bound(1)])
  }
}

extension OperatorTable {
  static let slice = OperatorCases(
    [(1, 0..<1), (7, 2..<5), (33, 0..<16), (33, 16..<33), (129, 1..<128)].map { width, columns in
      .graph("slice", "\(columns) of \(width)", reads: [width]) {
        $0.slice($1[0], columns: columns)
      }
    } + [
      .graph("slice", "halves of 34", reads: [34]) { graph, x in
        let (first, second) = graph.halves(x[0])
        return graph.multiply(first, second)
      }
    ],
    timed: { rows in
      [
        .graph("slice", "200 of 400", reads: [400], rows: [rows]) {
          $0.slice($1[0], columns: 200..<400)
        }
      ]
    })
}
