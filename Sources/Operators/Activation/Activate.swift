/// An activation, and dropout, as an operation of its own: `y = epilogue(x)` element by element, and
/// `dx = dy ∘ epilogue'(y)`; y may be x.
package struct Activate: Operation {
  /// x, [rows × width].
  package let input: Value
  /// Activation and dropout.
  package let epilogue: EpilogueSpec
  package let output: Value

  package var label: String { "\(epilogue.activation.rawValue) \(input.width)" }
  package var inputs: [Value] { [input] }
  package var parameters: [Parameter] { [] }
  package var isRandom: Bool { epilogue.dropout > 0 }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * input.width
    return (Cost(flops: size, scalars: 2 * size), Cost(flops: 2 * size, scalars: 3 * size))
  }
}

extension Graph {
  /// Adds an activation with optional dropout: [rows × width] to [rows × width].
  ///
  /// - Parameters:
  ///   - activation: applied to each element.
  ///   - input: x.
  ///   - dropout: the probability of dropping an element in training, in 0..<1.
  public mutating func activate(
    _ activation: Activation, _ input: Value, dropout: Float = 0
  ) -> Value {
    append(
      Activate(
        input: input, epilogue: epilogue(activation, dropout: dropout),
        output: makeValue(width: input.width)))
  }
}
