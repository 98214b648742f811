/// A dense layer `y = epilogue(x · W + b)`, the epilogue an activation and dropout.
///
/// With `dz = dy ∘ epilogue'(y)`: `dx = dz · Wᵀ`, `dW = xᵀ · dz`, `db = Σ_b dz[b,:]`; dz takes the place of dy.
///
/// The gradient of an epilogue can be taken by the layer that reads its output, while it stores dx, see
/// ``Plan/fuseEpilogueGradients()``.
package struct Dense: Operation {
  /// The shape of W.
  package struct Shape: Sendable, Hashable {
    /// The width of x.
    package let inputs: Int
    /// The width of y.
    package let outputs: Int

    /// - Parameters:
    ///   - inputs: the width of x.
    ///   - outputs: the width of y.
    package init(inputs: Int, outputs: Int) {
      self.inputs = inputs
      self.outputs = outputs
    }
  }

  /// x, [rows × inputs].
  package let input: Value
  /// W, [inputs × outputs].
  package let weight: Parameter
  /// b, [outputs], or nil.
  package let bias: Parameter?
  /// Activation and dropout.
  package let epilogue: EpilogueSpec
  /// Whether dy is dz already, since the layer that reads y has taken the epilogue's gradient.
  var gradientFusedIntoConsumer = false
  /// The epilogue of the layer that computes x, where its gradient is taken here: `dx = (dz · Wᵀ) ∘ epilogue'(x)`.
  var fusedEpilogue: EpilogueSpec?
  package let output: Value

  /// The shape of W.
  package var shape: Shape { Shape(inputs: input.width, outputs: output.width) }
  package var label: String { "dense \(input.width)×\(output.width)" }
  package var inputs: [Value] { [input] }
  package var parameters: [Parameter] { [weight] + (bias.map { [$0] } ?? []) }
  package var isRandom: Bool { epilogue.dropout > 0 }
  /// dz takes the place of dy only where they differ.
  package var keepsOutputGradient: Bool { epilogue.activation == .identity && !isRandom }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let flops = 2 * rows * input.width * output.width
    let activations = rows * (input.width + output.width)
    return (
      Cost(flops: flops, scalars: activations + weight.count),
      Cost(flops: 2 * flops, scalars: 2 * activations + 2 * weight.count)
    )
  }
}

extension Graph {
  /// Adds a dense layer.
  ///
  /// - Parameters:
  ///   - name: the parameters' common name.
  ///   - input: x, [rows × inputs].
  ///   - outputs: the width of y.
  ///   - bias: whether b is added; it starts at 0.
  ///   - activation: follows the sum.
  ///   - dropout: the probability of dropping an output in training, in 0..<1.
  ///   - initializer: how W starts.
  /// - Returns: [rows × outputs].
  public mutating func dense(
    _ name: String, _ input: Value, outputs: Int, bias: Bool = true,
    activation: Activation = .identity, dropout: Float = 0,
    initializer: Initializer = .xavierNormal
  ) -> Value {
    let weight = makeParameter(
      "\(name).weight", rows: input.width, columns: outputs, kind: .weight, group: .deep,
      initializer: initializer)
    let biasParameter =
      bias
      ? makeParameter(
        "\(name).bias", rows: 1, columns: outputs, kind: .bias, group: .deep,
        initializer: .constant(0)) : nil
    return append(
      Dense(
        input: input, weight: weight, bias: biasParameter,
        epilogue: epilogue(activation, dropout: dropout), output: makeValue(width: outputs)))
  }
}
