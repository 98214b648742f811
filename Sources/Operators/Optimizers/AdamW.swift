import Foundation

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019): with m̂ and v̂ as ``Adam`` has them,
/// `w −= η·(m̂ / (√v̂ + ε) + λ·w)`. λ is the L2 of the parameter's group, which then is no part of the gradient.
public struct AdamW: Optimizer {
  public static let name = "adamw"
  public static let title = "AdamW"
  public static let states = Adam.states
  public static let leavesRowsWithoutGradient = false
  public static let decouplesL2 = true

  /// Its moments.
  public let adam: Adam

  public init() { self.init(Adam()) }

  /// - Parameter adam: its moments.
  public init(_ adam: Adam) { self.adam = adam }

  public func update(_ row: OptimizerRow) {
    let shrink = 1 - row.rate * row.decay
    for j in row.weight.indices { row.weight[j] *= shrink }
    adam.update(row)
  }

  public func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float> {
    [
      "beta1": adam.beta1, "beta2": adam.beta2, "epsilon": adam.epsilon,
      "correction1": Adam.correction(adam.beta1, step),
      "correction2": Adam.correction(adam.beta2, step), "decay": decay,
    ]
  }

  public static let source = "w -= rate * decay * w;\n" + Adam.source
}
