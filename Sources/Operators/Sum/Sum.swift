/// The sum of several activations of equal width, `y = Σ_i x_i`, `dx_i = dy`: how the wide and the deep part meet.
package struct Sum: Operation {
  package let inputs: [Value]
  package let output: Value

  package var label: String { "sum of \(inputs.count)" }
  package var parameters: [Parameter] { [] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * output.width * inputs.count
    return (
      Cost(flops: size, scalars: size + rows * output.width), Cost(flops: 0, scalars: 2 * size)
    )
  }
}

extension Graph {
  /// Adds the sum of activations of equal width.
  ///
  /// - Precondition: there is at least one term, and all are as wide.
  public mutating func sum(_ terms: [Value]) -> Value {
    precondition(Set(terms.map(\.width)).count == 1, "the terms of a sum are equally wide")
    return append(Sum(inputs: terms, output: makeValue(width: terms[0].width)))
  }
}

extension Sum {
  package func forward(_ pass: ReferencePass) {
    let (terms, y) = (inputs.map { pass[$0] }, pass[output])
    for index in 0..<pass.rows * output.width { y[index] = terms.reduce(0) { $0 + $1[index] } }
  }

  package func backward(_ pass: ReferencePass) {
    let dy = pass.gradient(of: output)
    for input in inputs {
      let dx = pass.target(for: input)
      for index in 0..<pass.rows * output.width { dx.put(dy[index], at: index) }
    }
  }
}

extension Sum {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    let (terms, y, count) = (inputs.map { pass[$0] }, pass[output], pass.rows * output.width)
    guard terms.count > 1 else {
      return try terms[0].copy(0..<count, to: y, on: pass.backend.queue)
    }
    try pass.add(Array(terms.prefix(4)), count: count, into: y)
    for first in stride(from: 4, to: terms.count, by: 3) {
      try pass.add([y] + terms[first...].prefix(3), count: count, into: y)
    }
  }

  package func backward(_ pass: DevicePass) throws {
    let (dy, count) = (pass.gradient(of: output), pass.rows * output.width)
    for input in inputs {
      let dx = pass.target(for: input)
      try dx.accumulates
        ? pass.add([dx.buffer, dy], count: count, into: dx.buffer)
        : dy.copy(0..<count, to: dx.buffer, on: pass.backend.queue)
    }
  }
}

extension DevicePass {
  /// The sum of up to four terms, in their order; y may be the first.
  fileprivate func add(
    _ terms: [OpenCLBackend.Buffer], count: Int, into y: OpenCLBackend.Buffer
  ) throws {
    func term(_ index: Int) -> OpenCLBackend.Buffer { terms[min(index, terms.count - 1)] }
    try run(
      "add", of: "sum", items: vectors(count),
      [
        "count": count, "terms": terms.count, "a": term(0), "b": term(1), "c": term(2),
        "d": term(3), "y": y,
      ])
  }
}

extension Sum {
  public func addNodes(to pass: inout ONNXPass) {
    pass[output] = inputs.dropFirst().reduce(pass[inputs[0]]) {
      pass.onnx.add("Add", [$0, pass[$1]])
    }
  }
}

extension OperatorTable {
  static let sum = OperatorCases(
    product([1, 2, 3, 5], widths).map { terms, width in
      .graph("sum", "\(terms) terms of \(width)", reads: Array(repeating: width, count: terms)) {
        $0.sum($1)
      }
    } + [.graph("sum", "a term twice", reads: [7]) { graph, x in graph.sum([x[0], x[0]]) }],
    timed: { rows in
      [.graph("sum", "2 terms of 400", reads: [400, 400], rows: [rows]) { $0.sum($1) }]
    })
}
