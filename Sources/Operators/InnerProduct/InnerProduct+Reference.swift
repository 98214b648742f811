extension InnerProduct {
  package func forward(_ pass: ReferencePass) {
    let (e, y, shape) = (pass[embedding], pass[output], shape)
    for b in 0..<pass.rows {
      let vectors = e.row(b, width: shape.fields * shape.width)
      let sums = y.row(b, width: shape.outputs)
      sums.update(repeating: 0)
      for j in 0..<shape.width {
        let s = weighted(vectors, coordinate: j, shape, pass[theta])
        for n in sums.indices { sums[n] += s[n] * s[n] }
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let (e, theta, shape) = (pass[embedding], pass[theta], shape)
    let (dy, de, dtheta) = (
      pass.gradient(of: output), pass.target(for: embedding), pass.gradient(of: self.theta)
    )
    for place in 0..<shape.fields * shape.outputs { dtheta[place] = 0 }
    for b in 0..<pass.rows {
      let vectors = e.row(b, width: shape.fields * shape.width)
      let slopes = dy.row(b, width: shape.outputs)
      for j in 0..<shape.width {
        let s = weighted(vectors, coordinate: j, shape, theta)
        for f in 0..<shape.fields {
          let weights = theta.row(f, width: shape.outputs)
          let sums = dtheta.row(f, width: shape.outputs)
          var slope = 0.0
          for n in weights.indices {
            let ds = 2 * slopes[n] * s[n]
            slope += weights[n] * ds
            sums[n] += vectors[f * shape.width + j] * ds
          }
          de.put(slope, at: (b * shape.fields + f) * shape.width + j)
        }
      }
    }
  }

  /// Σ_f θ[f,:] · e[f,j].
  private func weighted(
    _ vectors: UnsafeMutableBufferPointer<Double>, coordinate j: Int, _ shape: Shape,
    _ theta: ReferenceBuffer
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: shape.outputs)
    for f in 0..<shape.fields {
      let (value, weights) = (vectors[f * shape.width + j], theta.row(f, width: shape.outputs))
      for n in sums.indices { sums[n] += weights[n] * value }
    }
    return sums
  }
}
