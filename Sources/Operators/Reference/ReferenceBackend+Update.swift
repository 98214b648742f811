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
    _ gradients: [(buffer: ReferenceBuffer, extent: Extent<ReferenceInput>)],
    squares: [(buffer: ReferenceBuffer, count: Int)], limit: Float, scale: ReferenceBuffer
  ) {
    var sum = gradients.reduce(0) { $0 + self.squares($1.buffer, $1.extent) }
    for (buffer, count) in squares {
      for index in 0..<count { sum += buffer[index] }
    }
    scale[0] = min(1, Double(limit) / (sum.squareRoot() + 1e-6))
  }

  private func squares(_ gradient: ReferenceBuffer, _ extent: Extent<ReferenceInput>) -> Double {
    var sum = 0.0
    extent.forEach { _, place in sum += gradient[place] * gradient[place] }
    return sum
  }

  // The gradient, and ‖g‖² as its first part.
  public func sumTable(_ step: TableStep<ReferenceBuffer>, input: ReferenceInput) throws {
    try sumGroupedTable(step, input: input)
    guard let parts = step.squares else { return }
    fill(parts, with: 0, count: step.squaresCount)
    parts[0] = squares(step.gradient, step.extent(input))
  }

  // g ← g · min(1, n · max(ratio·‖w‖, floor) / ‖g‖)
  public func clipRows(
    _ clip: RowClip, width: Int, input: ReferenceInput, region: TableRegion,
    weight: ReferenceBuffer, gradient: ReferenceBuffer
  ) {
    let occurrences = input.occurrences
    func norm(_ row: UnsafeMutableBufferPointer<Double>) -> Double {
      row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    for (place, id) in occurrences.ids.enumerated() {
      let count = Double(occurrences.starts[place + 1] - occurrences.starts[place])
      let g = gradient.row(region == .whole ? Int(id) : place, width: width)
      let limit =
        count
        * max(Double(clip.ratio) * norm(weight.row(Int(id), width: width)), Double(clip.floor))
      let size = norm(g)
      guard size > limit else { continue }
      for j in g.indices { g[j] *= limit / size }
    }
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

    case .rowwiseAdagrad(let epsilon, _):
      // n += mean(g²) over a row, w −= η·g / (√n + ε)
      let n = state[0]
      extent.forEachRow { row, i, place, width in
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
    forEachRow { _, index, place, width in
      for j in 0..<width { body(index + j, place + j) }
    }
  }

  /// Visits each row: its number, where it begins in the parameter, where in the gradient, and its
  /// width.
  fileprivate func forEachRow(
    _ body: (_ row: Int, _ index: Int, _ place: Int, _ width: Int) -> Void
  ) {
    switch self {
    case .whole(let count, let width):
      for row in 0..<count / max(width, 1) { body(row, row * width, row * width, width) }
    case .touched(let input, let width):
      for (place, id) in input.occurrences.ids.enumerated() {
        body(Int(id), Int(id) * width, place * width, width)
      }
    }
  }
}
