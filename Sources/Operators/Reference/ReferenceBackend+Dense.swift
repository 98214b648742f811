extension ReferenceBackend {
  // y = epilogue(x · W + b)
  public func dense(
    _ shape: Dense.Shape, rows: Int, x: ReferenceBuffer, weight: ReferenceBuffer,
    bias: ReferenceBuffer?, epilogue: Epilogue, y: ReferenceBuffer
  ) {
    for b in 0..<rows {
      let (below, sums) = (x.row(b, width: shape.inputs), y.row(b, width: shape.outputs))
      for j in sums.indices { sums[j] = bias?[j] ?? 0 }
      for i in below.indices {
        let (value, weights) = (below[i], weight.row(i, width: shape.outputs))
        for j in sums.indices { sums[j] += value * weights[j] }
      }
    }
    activate(epilogue, width: shape.outputs, rows: rows, x: y, y: y)
  }

  // dz = dy ∘ epilogue'(y), dx = (dz · Wᵀ) ∘ below'(x), dW = xᵀ · dz, db = Σ_b dz[b,:]
  public func denseGradient(
    _ shape: Dense.Shape, rows: Int, x: ReferenceBuffer, weight: ReferenceBuffer,
    epilogue: Epilogue, y: ReferenceBuffer, dy: ReferenceBuffer,
    dx: GradientTarget<ReferenceBuffer>?, below: Epilogue, dweight: ReferenceBuffer,
    dbias: ReferenceBuffer?
  ) {
    activateGradient(
      epilogue, width: shape.outputs, rows: rows, y: y, dy: dy, dx: GradientTarget(dy))
    fill(dweight, with: 0, count: shape.inputs * shape.outputs)
    if let dbias { fill(dbias, with: 0, count: shape.outputs) }
    for b in 0..<rows {
      let (row, dz) = (x.row(b, width: shape.inputs), dy.row(b, width: shape.outputs))
      for i in row.indices {
        let (value, sums) = (row[i], dweight.row(i, width: shape.outputs))
        for j in dz.indices { sums[j] += value * dz[j] }
        dx?.put(dot(dz, weight.row(i, width: shape.outputs)), at: b * shape.inputs + i)
      }
      if let dbias { for j in dz.indices { dbias[j] += dz[j] } }
    }
    guard below != .none, let dx else { return }
    activateGradient(
      below, width: shape.inputs, rows: rows, y: x, dy: dx.buffer, dx: GradientTarget(dx.buffer))
  }
}

/// Σ_j a[j] · b[j], in eight partial sums so that the processor need not wait for each addition.
private func dot(
  _ a: UnsafeMutableBufferPointer<Double>, _ b: UnsafeMutableBufferPointer<Double>
) -> Double {
  var sums = SIMD8<Double>.zero
  for j in stride(from: 0, to: a.count - 7, by: 8) {
    for lane in 0..<8 { sums[lane] += a[j + lane] * b[j + lane] }
  }
  var sum = sums.sum()
  for j in a.count / 8 * 8..<a.count { sum += a[j] * b[j] }
  return sum
}
