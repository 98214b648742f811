extension Dense {
  package func forward(_ pass: ReferencePass) {
    let (x, weight, y) = (pass[input], pass[weight], pass[output])
    let bias = bias.map { pass[$0] }
    for b in 0..<pass.rows {
      let (row, sums) = (x.row(b, width: shape.inputs), y.row(b, width: shape.outputs))
      for j in sums.indices { sums[j] = bias?[j] ?? 0 }
      for i in row.indices {
        let (value, weights) = (row[i], weight.row(i, width: shape.outputs))
        for j in sums.indices { sums[j] += value * weights[j] }
      }
    }
    pass.epilogue(epilogue).apply(rows: pass.rows, width: shape.outputs, x: y, y: y)
  }

  package func backward(_ pass: ReferencePass) {
    let (x, weight, dy) = (pass[input], pass[weight], pass.gradient(of: output))
    let (dx, dweight) = (pass.target(for: input), pass.gradient(of: self.weight))
    let dbias = bias.map { pass.gradient(of: $0) }
    gradientEpilogue(pass).applyGradient(
      rows: pass.rows, width: shape.outputs, y: pass[output], dy: dy, dx: GradientTarget(dy))
    for i in 0..<shape.inputs * shape.outputs { dweight[i] = 0 }
    for j in 0..<shape.outputs { dbias?[j] = 0 }
    for b in 0..<pass.rows {
      let (row, dz) = (x.row(b, width: shape.inputs), dy.row(b, width: shape.outputs))
      for i in row.indices {
        let (value, sums) = (row[i], dweight.row(i, width: shape.outputs))
        for j in dz.indices { sums[j] += value * dz[j] }
        dx.put(dot(dz, weight.row(i, width: shape.outputs)), at: b * shape.inputs + i)
      }
      if let dbias { for j in dz.indices { dbias[j] += dz[j] } }
    }
    guard let fusedEpilogue else { return }
    pass.epilogue(fusedEpilogue).applyGradient(
      rows: pass.rows, width: shape.inputs, y: x, dy: dx.buffer, dx: GradientTarget(dx.buffer))
  }

  /// The epilogue whose gradient is left to take.
  func gradientEpilogue<B: Backend>(_ pass: Pass<B>) -> Epilogue {
    gradientFusedIntoConsumer ? .none : pass.epilogue(epilogue)
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
