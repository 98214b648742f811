/// How a parameter follows its gradient g with learning rate η.
public enum Optimizer: Sendable, Codable, Hashable {
  /// `w −= η·g`
  case sgd
  /// `n += g²`, `w −= η·g / (√n + ε)` (Duchi et al. 2011); n starts at `initial`.
  case adagrad(epsilon: Float = 1e-10, initial: Float = 0)
  /// Adagrad with one number n a row, `n += mean(g²)` over the row: a table's state takes a row's part
  /// of the memory. On anything but a table it is Adagrad, see ``Recipe/optimizer(of:)``.
  case rowwiseAdagrad(epsilon: Float = 1e-10, initial: Float = 0)
  /// `m = β₁m + (1−β₁)g`, `v = β₂v + (1−β₂)g²`, `w −= η·m̂ / (√v̂ + ε)` with m̂ = m/(1−β₁ᵗ),
  /// v̂ = v/(1−β₂ᵗ), t the step (Kingma & Ba 2015). On touched rows only, the moments of the other
  /// rows rest ("lazy Adam").
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8)
  /// FTRL-Proximal (McMahan et al. 2013), η is its α: `σ = (√(n+g²) − √n)/η`, `z += g − σ·w`,
  /// `n += g²`, `w = 0` where |z| ≤ λ₁, else `−(z − sign(z)·λ₁) / ((β + √n)/η + λ₂)`.
  /// z starts so that the initial weight is kept.
  case ftrl(beta: Float = 1, l1: Float = 0, l2: Float = 0)

  /// How long each of the optimizer's arrays is for a parameter of `rows` × `columns`.
  public func stateSizes(rows: Int, columns: Int) -> [Int] {
    let all = rows * columns
    return switch self {
    case .sgd: []
    case .adagrad: [all]
    case .rowwiseAdagrad: [rows]
    case .adam, .ftrl: [all, all]
    }
  }

  /// Whether a row whose gradient is 0 stays as it is, its state included.
  var leavesRowsWithoutGradient: Bool {
    switch self {
    case .sgd, .adagrad, .rowwiseAdagrad: true
    case .adam, .ftrl: false
    }
  }

  /// Whether the learning rate may change from step to step. FTRL's may not: its z holds the
  /// weights in units of the rate, so that another rate would rescale all of them at once; its
  /// rates fall on their own, coordinate by coordinate.
  public var followsSchedule: Bool {
    if case .ftrl = self { false } else { true }
  }

  /// The state before the first step.
  ///
  /// - Parameters:
  ///   - weight: the initial weights, [rows × columns].
  ///   - rows: the number of rows.
  ///   - rate: the learning rate η.
  /// - Returns: arrays as long as ``stateSizes(rows:columns:)`` says; for FTRL z, then n; for Adam m,
  ///   then v.
  public func initialState<Scalar: BinaryFloatingPoint>(
    for weight: [Scalar], rows: Int, rate: Float
  ) -> [[Scalar]] {
    let zeros = [Scalar](repeating: 0, count: weight.count)
    switch self {
    case .sgd: return []
    case .adagrad(_, let initial):
      return [[Scalar](repeating: Scalar(initial), count: weight.count)]
    case .rowwiseAdagrad(_, let initial):
      return [[Scalar](repeating: Scalar(initial), count: rows)]
    case .adam: return [zeros, zeros]
    case .ftrl(let beta, let l1, let l2):
      let z = weight.map { w in
        w == 0
          ? 0 : -w * (Scalar(beta) / Scalar(rate) + Scalar(l2)) - (w < 0 ? -1 : 1) * Scalar(l1)
      }
      return [z, zeros]
    }
  }
}
