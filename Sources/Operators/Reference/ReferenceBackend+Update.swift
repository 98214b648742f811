import Foundation

extension ReferenceBackend {
  // g += λ·w
  public func penalize(
    _ lambda: Float, weight: ReferenceBuffer, gradient: ReferenceBuffer,
    extent: Extent<ReferenceInput>
  ) {
    extent.forEach { i, place in gradient[place] += Double(lambda) * weight[i] }
  }

  // scale = min(1, limit / (‖g‖ + 10⁻⁶))
  public func clip(
    _ gradients: [(buffer: ReferenceBuffer, count: Int)], limit: Float, scale: ReferenceBuffer
  ) {
    var squares = 0.0
    for (buffer, count) in gradients {
      for index in 0..<count { squares += buffer[index] * buffer[index] }
    }
    scale[0] = min(1, Double(limit) / (squares.squareRoot() + 1e-6))
  }

  public func update(
    _ optimizer: Optimizer, rate: Float, step: Int, weight: ReferenceBuffer,
    gradient: ReferenceBuffer, state: [ReferenceBuffer], scale: ReferenceBuffer,
    extent: Extent<ReferenceInput>
  ) {
    let η = Double(rate)
    switch optimizer {
    case .sgd:
      // w −= η·g
      extent.forEach { i, place in weight[i] -= η * gradient[place] * scale[0] }

    case .adagrad(let epsilon, _):
      // n += g², w −= η·g / (√n + ε)
      let n = state[0]
      extent.forEach { i, place in
        let g = gradient[place] * scale[0]
        n[i] += g * g
        weight[i] -= η * g / (n[i].squareRoot() + Double(epsilon))
      }

    case .adam(let beta1, let beta2, let epsilon):
      // m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g², w −= η·m̂ / (√v̂ + ε)
      let (m, v) = (state[0], state[1])
      let (β1, β2) = (Double(beta1), Double(beta2))
      let (correction1, correction2) = (1 - pow(β1, Double(step)), 1 - pow(β2, Double(step)))
      extent.forEach { i, place in
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
      extent.forEach { i, place in
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

extension Extent<ReferenceInput> {
  /// Visits each scalar: its place in the parameter, and that in the parameter's gradient.
  fileprivate func forEach(_ body: (_ index: Int, _ place: Int) -> Void) {
    switch self {
    case .whole(let count):
      for index in 0..<count { body(index, index) }
    case .touched(let input, let width):
      for (row, id) in input.batch.occurrences.ids.enumerated() {
        for j in 0..<width { body(Int(id) * width + j, row * width + j) }
      }
    }
  }
}
