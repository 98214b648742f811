import DeepFMKit

/// An optimizer that a program brings: gradient descent with momentum (Polyak 1964), `v = μ·v + g`, `w −= η·v`.
struct Momentum: Optimizer {
  static let name = "momentum"
  static let title = "momentum"
  static let states = [OptimizerState("v")]
  static let leavesRowsWithoutGradient = false
  static func usualRate(isWide: Bool) -> Float? { 0.1 }

  private let mu: Float = 0.9

  init() {}

  func update(_ row: OptimizerRow) {
    let v = row.state[0]
    for (j, g) in row.gradient.enumerated() {
      v[j] = Double(mu) * v[j] + g
      row.weight[j] -= row.rate * v[j]
    }
  }

  func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float> { ["mu": mu] }

  static let source = """
    v = mu * v + g;
    w -= rate * v;
    """
}
