/// The sum of several activations of equal width: how the wide and the deep part meet.
public struct Sum: Operation {
  public let inputs: [Value]
  public let output: Value

  public var label: String { "sum of \(inputs.count)" }
  public var parameters: [Parameter] { [] }

  public func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * output.width * inputs.count
    return (
      Cost(flops: size, scalars: size + rows * output.width), Cost(flops: 0, scalars: 2 * size)
    )
  }

  public func forward<B: Backend>(in network: Network<B>) throws {
    try network.backend.sum(
      inputs.map { network[$0] }, count: network.rows * output.width, y: network[output])
  }

  public func backward<B: Backend>(in network: Network<B>) throws {
    for input in inputs {
      try network.backend.passGradient(
        dy: network.gradient(of: output), dx: network.target(for: input),
        count: network.rows * output.width)
    }
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
