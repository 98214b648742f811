/// Batch normalisation (Ioffe & Szegedy 2015), followed by an activation and dropout:
/// `y = epilogue(γ ∘ (x − μ) / √(σ² + ε) + β)`, column by column.
///
/// In training μ and σ² (divided by rows) are the batch's, and the running statistics move by `momentum` towards
/// them (towards σ²·rows/(rows−1) for the variance, as is usual; towards σ² for a single row); with 0 rows nothing
/// moves. In inference they are the running ones.
///
/// The gradient goes through the batch's mean and variance: with `dz = dy ∘ epilogue'(y)`, x̂ the normalised x,
/// `dβ = Σ dz`, `dγ = Σ dz ∘ x̂`, `dx = γ/√(σ² + ε) ∘ (dz − dβ/rows − x̂ ∘ dγ/rows)`.
package struct Normalization: Operation {
  /// The width, and the two constants.
  package struct Shape: Sendable, Hashable {
    /// The number of columns.
    package let width: Int
    /// ε, added to the variance.
    package let epsilon: Float
    /// How far the running statistics move towards a batch's.
    package let momentum: Float

    /// The usual ε.
    package static let epsilon: Float = 1e-5

    /// - Parameters:
    ///   - width: the number of columns.
    ///   - epsilon: added to the variance.
    ///   - momentum: how far the running statistics move towards a batch's.
    package init(width: Int, epsilon: Float = Self.epsilon, momentum: Float = 0.1) {
      self.width = width
      self.epsilon = epsilon
      self.momentum = momentum
    }
  }

  /// The width, and the two constants.
  package let shape: Shape
  /// x, [rows × width].
  package let input: Value
  /// γ, [width].
  package let gamma: Parameter
  /// β, [width].
  package let beta: Parameter
  /// The running mean, [width].
  package let mean: Parameter
  /// The running variance, [width].
  package let variance: Parameter
  /// The batch's mean, and the inverse of its deviation, kept for the gradient; [2 × width].
  package let saved: Parameter
  /// Activation and dropout.
  package let epilogue: EpilogueSpec
  package let output: Value

  package var label: String { "batch-norm \(shape.width)" }
  package var inputs: [Value] { [input] }
  package var parameters: [Parameter] { [gamma, beta, mean, variance, saved] }
  package var isRandom: Bool { epilogue.dropout > 0 }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * shape.width
    return (Cost(flops: 8 * size, scalars: 3 * size), Cost(flops: 12 * size, scalars: 5 * size))
  }
}

extension Graph {
  /// Adds batch normalisation with an optional activation and dropout behind it.
  ///
  /// - Parameters:
  ///   - name: the parameters' common name.
  ///   - input: x, [rows × width].
  ///   - activation: follows the normalisation.
  ///   - dropout: the probability of dropping an output in training, in 0..<1.
  ///   - epsilon: ε; nil for 1e-5.
  /// - Returns: [rows × width].
  public mutating func normalization(
    _ name: String, _ input: Value, activation: Activation = .identity, dropout: Float = 0,
    epsilon: Float? = nil
  ) -> Value {
    let width = input.width
    func parameter(
      _ suffix: String, rows: Int = 1, _ kind: Parameter.Kind, start: Float
    ) -> Parameter {
      makeParameter(
        "\(name).\(suffix)", rows: rows, columns: width, kind: kind, group: .deep,
        initializer: .constant(start))
    }
    return append(
      Normalization(
        shape: .init(width: width, epsilon: epsilon ?? Normalization.Shape.epsilon), input: input,
        gamma: parameter("gamma", .bias, start: 1), beta: parameter("beta", .bias, start: 0),
        mean: parameter("mean", .statistic, start: 0),
        variance: parameter("variance", .statistic, start: 1),
        saved: parameter("batch", rows: 2, .workspace, start: 0),
        epilogue: epilogue(activation, dropout: dropout), output: makeValue(width: width)))
  }
}
