import Foundation

/// How a parameter follows its gradient g with learning rate η.
public enum Optimizer: Sendable, Hashable {
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

extension Optimizer {
  /// The memory of the optimizer's arrays of a parameter.
  func states(of parameter: Parameter) -> [Reservation] {
    stateSizes(rows: parameter.rows, columns: parameter.columns).enumerated().map {
      Reservation(.state($0, of: parameter), parameter.name, .optimizer, count: $1)
    }
  }

  /// One step on the rows of a region.
  func update(
    _ target: UpdateRegion, _ pass: ReferencePass, rate: Float, gradient: ReferenceBuffer
  ) {
    let (parameter, width) = (target.parameter, target.parameter.columns)
    let (weight, scale, step) = (pass[parameter], pass[.gradientScale], pass.step)
    let state = states(of: parameter).map { pass[$0.operand] }
    func forEachRow(_ body: (_ row: Int, _ index: Int, _ place: Int, _ width: Int) -> Void) {
      target.forEachRow(pass) { row, place in body(row, row * width, place * width, width) }
    }
    func forEach(_ body: (_ index: Int, _ place: Int) -> Void) {
      forEachRow { _, index, place, width in
        for j in 0..<width { body(index + j, place + j) }
      }
    }
    let η = Double(rate)
    switch self {
    case .sgd:
      // w −= η·g
      forEach { i, place in weight[i] -= η * gradient[place] * scale[0] }

    case .adagrad(let epsilon, _):
      // n += g², w −= η·g / (√n + ε)
      let n = state[0]
      forEach { i, place in
        let g = gradient[place] * scale[0]
        n[i] += g * g
        weight[i] -= η * g / (n[i].squareRoot() + Double(epsilon))
      }

    case .rowwiseAdagrad(let epsilon, _):
      // n += mean(g²) over a row, w −= η·g / (√n + ε)
      let n = state[0]
      forEachRow { row, i, place, width in
        let squares = (place..<place + width).reduce(0) { sum, place in
          let g = gradient[place] * scale[0]
          return sum + g * g
        }
        n[row] += squares / Double(width)
        guard n[row] > 0 else { return }
        let factor = η * scale[0] / (n[row].squareRoot() + Double(epsilon))
        for j in 0..<width { weight[i + j] -= factor * gradient[place + j] }
      }

    case .adam(let beta1, let beta2, let epsilon):
      // m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g², w −= η·m̂ / (√v̂ + ε)
      let (m, v) = (state[0], state[1])
      let (β1, β2) = (Double(beta1), Double(beta2))
      let (correction1, correction2) = (1 - pow(β1, Double(step)), 1 - pow(β2, Double(step)))
      forEach { i, place in
        let g = gradient[place] * scale[0]
        m[i] = β1 * m[i] + (1 - β1) * g
        v[i] = β2 * v[i] + (1 - β2) * g * g
        weight[i] -=
          η * (m[i] / correction1) / ((v[i] / correction2).squareRoot() + Double(epsilon))
      }

    case .ftrl(let beta, let l1, let l2):
      // σ = (√(n+g²) − √n)/η, z += g − σ·w, n += g²,
      // w = 0 where |z| ≤ λ₁, else −(z − sign(z)·λ₁) / ((β + √n)/η + λ₂)
      let (z, n) = (state[0], state[1])
      let (β, λ1, λ2) = (Double(beta), Double(l1), Double(l2))
      forEach { i, place in
        let g = gradient[place] * scale[0]
        z[i] += g - ((n[i] + g * g).squareRoot() - n[i].squareRoot()) / η * weight[i]
        n[i] += g * g
        weight[i] =
          abs(z[i]) <= λ1
          ? 0
          : -(z[i] - (z[i] < 0 ? -λ1 : λ1)) / ((β + n[i].squareRoot()) / η + λ2)
      }
    }
  }
}
