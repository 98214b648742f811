/// Activations side by side, `y = [x_1 … x_n]`, and each dx_i the columns of dy that are its own.
package struct Concatenate: Operation {
  package let inputs: [Value]
  package let output: Value

  package var label: String { "concatenate \(inputs.map { "\($0.width)" }.joined(separator: "+"))" }
  package var parameters: [Parameter] { [] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let scalars = 2 * rows * output.width
    return (Cost(flops: 0, scalars: scalars), Cost(flops: 0, scalars: scalars))
  }

  /// Each input with the columns of the output that it has.
  private var parts: [(input: Value, columns: Range<Int>)] {
    var start = 0
    return inputs.map { input in
      defer { start += input.width }
      return (input, start..<start + input.width)
    }
  }
}

extension Graph {
  /// Adds activations side by side.
  ///
  /// - Returns: as wide as all of them together.
  /// - Precondition: there is at least one.
  public mutating func concatenate(_ inputs: [Value]) -> Value {
    precondition(!inputs.isEmpty)
    let width = inputs.reduce(0) { $0 + $1.width }
    return append(Concatenate(inputs: inputs, output: makeValue(width: width)))
  }
}

extension Concatenate {
  package func forward(_ pass: ReferencePass) {
    let y = pass[output]
    for (input, columns) in parts {
      let x = pass[input]
      for b in 0..<pass.rows {
        for j in columns {
          y[b * output.width + j] = x[b * input.width + j - columns.lowerBound]
        }
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let dy = pass.gradient(of: output)
    for (input, columns) in parts {
      let dx = pass.target(for: input)
      for place in 0..<pass.rows * input.width {
        let (b, j) = (place / input.width, place % input.width)
        dx.put(dy[b * output.width + columns.lowerBound + j], at: place)
      }
    }
  }
}

extension Concatenate {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    for (input, columns) in parts {
      try pass.copyColumns(
        0..<input.width, of: pass[input], width: input.width, to: columns.lowerBound,
        of: GradientTarget(pass[output]), width: output.width)
    }
  }

  package func backward(_ pass: DevicePass) throws {
    for (input, columns) in parts {
      try pass.copyColumns(
        columns, of: pass.gradient(of: output), width: output.width, to: 0,
        of: pass.target(for: input), width: input.width)
    }
  }
}

extension Concatenate {
  public func addNodes(to pass: inout ONNXPass) {
    pass[output] = pass.onnx.add("Concat", inputs.map { pass[$0] }, [("axis", .int(1))])
  }
}

extension OperatorTable {
  static let concatenate = OperatorCases(
    [[1], [1, 1], [7, 3], [33, 16, 129], [16, 16]].map { widths in
      .graph("concatenate", "\(widths)", reads: widths) { $0.concatenate($1) }
    } + [
      .graph("concatenate", "an input twice", reads: [7, 3]) { graph, x in
        graph.concatenate([x[0], x[1], x[0]])
      }
    ],
    timed: { rows in
      [
        .graph("concatenate", "200+200", reads: [200, 200], rows: [rows]) { $0.concatenate($1) }
      ]
    })
}
