import Foundation

/// `m = β₁m + (1−β₁)g`, `v = β₂v + (1−β₂)g²`, `w −= η·m̂ / (√v̂ + ε)` with m̂ = m/(1−β₁ᵗ),
/// v̂ = v/(1−β₂ᵗ), t the step (Kingma & Ba 2015). On touched rows only, the moments of the other
/// rows rest ("lazy Adam").
public struct Adam: Optimizer {
  public static let name = "adam"
  public static let title = "Adam"
  public static let states = [OptimizerState("m"), OptimizerState("v")]
  public static let leavesRowsWithoutGradient = false

  /// β₁.
  public let beta1: Float
  /// β₂.
  public let beta2: Float
  /// ε.
  public let epsilon: Float

  public init() { self.init(beta1: 0.9) }

  /// - Parameters: as in the equations.
  public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
  }

  public func update(_ row: OptimizerRow) {
    let (m, v) = (row.state[0], row.state[1])
    let (β1, β2) = (Double(beta1), Double(beta2))
    let (left1, left2) = (1 - pow(β1, Double(row.step)), 1 - pow(β2, Double(row.step)))
    for (j, g) in row.gradient.enumerated() {
      m[j] = β1 * m[j] + (1 - β1) * g
      v[j] = β2 * v[j] + (1 - β2) * g * g
      row.weight[j] -= row.rate * (m[j] / left1) / ((v[j] / left2).squareRoot() + Double(epsilon))
    }
  }

  public func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float> {
    [
      "beta1": beta1, "beta2": beta2, "epsilon": epsilon,
      "correction1": Self.correction(beta1, step), "correction2": Self.correction(beta2, step),
    ]
  }

  /// 1 / (1 − βᵗ).
  static func correction(_ beta: Float, _ step: Int) -> Float {
    Float(1 / (1 - pow(Double(beta), Double(step))))
  }

  public static let source = """
    m = beta1 * m + (1.0f - beta1) * g;
    v = beta2 * v + (1.0f - beta2) * g * g;
    w -= rate * ((m * correction1) / (sqrt(v * correction2) + epsilon));
    """
}
