/// `w −= η·g`
public struct SGD: Optimizer {
  public static let name = "sgd"
  public static let title = "SGD"
  public static let states: [OptimizerState] = []
  public static let leavesRowsWithoutGradient = true
  public static func usualRate(isWide: Bool) -> Float? { 1e-1 }

  public init() {}

  public func update(_ row: OptimizerRow) {
    for j in row.weight.indices { row.weight[j] -= row.rate * row.gradient[j] }
  }

  public static let source = "w -= rate * g;"
}
