import Foundation

/// Adam by the largest second moment there has been (Reddi, Kale & Kumar 2018): with m and v as ``Adam`` has them,
/// `u = max(u, v)`, `w −= η·m̂ / (√û + ε)` with m̂ = m/(1−β₁ᵗ), û = u/(1−β₂ᵗ).
public struct AMSGrad: Optimizer {
  public static let name = "amsgrad"
  public static let title = "AMSGrad"
  public static let states = Adam.states + [OptimizerState("u")]
  public static let leavesRowsWithoutGradient = false

  /// The numbers of its moments.
  public let adam: Adam

  public init() { self.init(Adam()) }

  /// - Parameter adam: the numbers of its moments.
  public init(_ adam: Adam) { self.adam = adam }

  public func update(_ row: OptimizerRow) {
    let (m, v, u) = (row.state[0], row.state[1], row.state[2])
    let (β1, β2) = (Double(adam.beta1), Double(adam.beta2))
    let (left1, left2) = (1 - pow(β1, Double(row.step)), 1 - pow(β2, Double(row.step)))
    for (j, g) in row.gradient.enumerated() {
      m[j] = β1 * m[j] + (1 - β1) * g
      v[j] = β2 * v[j] + (1 - β2) * g * g
      u[j] = max(u[j], v[j])
      row.weight[j] -=
        row.rate * (m[j] / left1) / ((u[j] / left2).squareRoot() + Double(adam.epsilon))
    }
  }

  public func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float> {
    adam.numbers(step: step, decay: decay)
  }

  public static let source = """
    m = beta1 * m + (1.0f - beta1) * g;
    v = beta2 * v + (1.0f - beta2) * g * g;
    u = fmax(u, v);
    w -= rate * ((m * correction1) / (sqrt(u * correction2) + epsilon));
    """
}
