/// Adagrad with one number n a row, `n += mean(g²)` over the row: a table's state takes a row's part
/// of the memory. On anything but a table, whose rows mean something, it is ``Adagrad``.
public struct RowwiseAdagrad: Optimizer {
  public static let name = "rowwise-adagrad"
  public static let title = "row-wise Adagrad"
  public static let states = [OptimizerState("n", isPerRow: true)]
  public static let leavesRowsWithoutGradient = true
  public static func usualRate(isWide: Bool) -> Float? { Adagrad.usualRate(isWide: isWide) }

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

  public func adapted(to kind: Parameter.Kind) -> any Optimizer {
    kind == .table ? self : Adagrad(epsilon: epsilon, initial: initial)
  }

  /// A row whose gradients were all 0 stays where it is, also with ε = 0.
  public var ofSingleNumbers: any Optimizer {
    Adagrad(epsilon: max(epsilon, .leastNormalMagnitude), initial: initial)
  }

  public func initialState<Scalar: BinaryFloatingPoint>(
    _ index: Int, of weight: [Scalar], rows: Int, rate: Float
  ) -> [Scalar] {
    repeated(initial, rows)
  }

  public func update(_ row: OptimizerRow) {
    row.state[0][0] += row.gradient.reduce(0) { $0 + $1 * $1 } / Double(row.gradient.count)
    let n = row.state[0][0]
    guard n > 0 else { return }
    let factor = row.rate / (n.squareRoot() + Double(epsilon))
    for j in row.weight.indices { row.weight[j] -= factor * row.gradient[j] }
  }

  public func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float> {
    ["epsilon": epsilon]
  }

  public static let rowSource: String? = """
    n += mean;
    factor = n > 0.0f ? rate / (sqrt(n) + epsilon) : 0.0f;
    """

  public static let source = "w -= factor * g;"
}
