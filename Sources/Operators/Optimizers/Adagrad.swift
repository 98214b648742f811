/// `n += g²`, `w −= η·g / (√n + ε)` (Duchi et al. 2011); n starts at `initial`.
public struct Adagrad: Optimizer {
  public static let name = "adagrad"
  public static let title = "Adagrad"
  public static let states = [OptimizerState("n")]
  public static let leavesRowsWithoutGradient = true
  public static func usualRate(isWide: Bool) -> Float? { isWide ? 5e-2 : 1e-2 }

  /// ε.
  public let epsilon: Float
  /// What n starts at.
  public let initial: Float

  public init() { self.init(epsilon: 1e-10) }

  /// - Parameters:
  ///   - epsilon: ε.
  ///   - initial: what n starts at.
  public init(epsilon: Float, initial: Float = 0) {
    (self.epsilon, self.initial) = (epsilon, initial)
  }

  public func initialState<Scalar: BinaryFloatingPoint>(
    _ index: Int, of weight: [Scalar], rows: Int, rate: Float
  ) -> [Scalar] {
    repeated(initial, weight.count)
  }

  public func update(_ row: OptimizerRow) {
    let n = row.state[0]
    for (j, g) in row.gradient.enumerated() {
      n[j] += g * g
      row.weight[j] -= row.rate * g / (n[j].squareRoot() + Double(epsilon))
    }
  }

  public func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float> {
    ["epsilon": epsilon]
  }

  public static let source = """
    n = fma(g, g, n);
    w -= rate * g / (sqrt(n) + epsilon);
    """
}
