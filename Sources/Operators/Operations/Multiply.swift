/// The product of two activations element by element, `y = a ∘ b`.
public struct Multiply: Operation {
  /// a, [rows × width].
  public let first: Value
  /// b, [rows × width].
  public let second: Value
  public let output: Value

  public var label: String { "product \(output.width)" }
  public var inputs: [Value] { [first, second] }
  public var parameters: [Parameter] { [] }

  public func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * output.width
    return (Cost(flops: size, scalars: 3 * size), Cost(flops: 2 * size, scalars: 5 * size))
  }

  public func forward<B: Backend>(in network: Network<B>) throws {
    try network.backend.multiply(
      network[first], network[second], count: network.rows * output.width,
      into: GradientTarget(network[output]))
  }

  public func backward<B: Backend>(in network: Network<B>) throws {
    let (dy, count) = (network.gradient(of: output), network.rows * output.width)
    try network.backend.multiply(
      dy, network[second], count: count, into: network.target(for: first))
    try network.backend.multiply(
      dy, network[first], count: count, into: network.target(for: second))
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
