extension ReferenceBackend {
  // y[b,n] = Σ_j (Σ_f θ[f,n] · e[b,f,j])²
  public func innerProduct(
    _ shape: InnerProduct.Shape, rows: Int, e: ReferenceBuffer, theta: ReferenceBuffer,
    y: ReferenceBuffer
  ) {
    for b in 0..<rows {
      let (vectors, sums) = (e.row(b, shape), y.row(b, width: shape.outputs))
      sums.update(repeating: 0)
      for j in 0..<shape.width {
        let s = weighted(vectors, coordinate: j, shape, theta)
        for n in sums.indices { sums[n] += s[n] * s[n] }
      }
    }
  }

  // ds[b,j,n] = 2 · dy[b,n] · Σ_f θ[f,n] · e[b,f,j],
  // de[b,f,j] = Σ_n θ[f,n] · ds[b,j,n], dθ[f,n] = Σ_b Σ_j e[b,f,j] · ds[b,j,n]
  public func innerProductGradient(
    _ shape: InnerProduct.Shape, rows: Int, e: ReferenceBuffer, theta: ReferenceBuffer,
    dy: ReferenceBuffer, de: GradientTarget<ReferenceBuffer>, dtheta: ReferenceBuffer
  ) {
    fill(dtheta, with: 0, count: shape.fields * shape.outputs)
    for b in 0..<rows {
      let (vectors, slopes) = (e.row(b, shape), dy.row(b, width: shape.outputs))
      for j in 0..<shape.width {
        let s = weighted(vectors, coordinate: j, shape, theta)
        for f in 0..<shape.fields {
          let (weights, sums) = (
            theta.row(f, width: shape.outputs), dtheta.row(f, width: shape.outputs)
          )
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
    _ vectors: UnsafeMutableBufferPointer<Double>, coordinate j: Int, _ shape: InnerProduct.Shape,
    _ theta: ReferenceBuffer
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: shape.outputs)
    for f in 0..<shape.fields {
      let (value, weights) = (
        vectors[f * shape.width + j], theta.row(f, width: shape.outputs)
      )
      for n in sums.indices { sums[n] += weights[n] * value }
    }
    return sums
  }

  // y[b,(f,g)] = ⟨e[b,f,:], e[b,g,:]⟩, or y[b,(f,g),i,j] = e[b,f,i] · e[b,g,j]
  public func pairProducts(
    _ kind: PairProducts.Kind, _ shape: Interaction.Shape, rows: Int, e: ReferenceBuffer,
    y: ReferenceBuffer
  ) {
    let k = shape.width
    forEachPair(shape, rows: rows) { f, g, pair in
      switch kind {
      case .inner: y[pair] = (0..<k).reduce(0) { $0 + e[f + $1] * e[g + $1] }
      case .outer:
        for i in 0..<k { for j in 0..<k { y[(pair * k + i) * k + j] = e[f + i] * e[g + j] } }
      }
    }
  }

  // de[b,f,:] = Σ_{g≠f} dy[b,(f,g)] · e[b,g,:], or, of an outer product,
  // de[b,f,i] = Σ_j dy[b,(f,g),i,j] · e[b,g,j], de[b,g,j] = Σ_i dy[b,(f,g),i,j] · e[b,f,i]
  public func pairProductsGradient(
    _ kind: PairProducts.Kind, _ shape: Interaction.Shape, rows: Int, e: ReferenceBuffer,
    dy: ReferenceBuffer, de: GradientTarget<ReferenceBuffer>
  ) {
    let k = shape.width
    if !de.accumulates { fill(de.buffer, with: 0, count: rows * shape.fields * k) }
    forEachPair(shape, rows: rows) { f, g, pair in
      for i in 0..<k {
        switch kind {
        case .inner:
          de.buffer[f + i] += dy[pair] * e[g + i]
          de.buffer[g + i] += dy[pair] * e[f + i]
        case .outer:
          for j in 0..<k {
            let slope = dy[(pair * k + i) * k + j]
            de.buffer[f + i] += slope * e[g + j]
            de.buffer[g + j] += slope * e[f + i]
          }
        }
      }
    }
  }

  /// Visits the pairs f < g of each row: where in e the two vectors begin, and the pair's place.
  private func forEachPair(
    _ shape: Interaction.Shape, rows: Int, _ body: (_ f: Int, _ g: Int, _ pair: Int) -> Void
  ) {
    for b in 0..<rows {
      for f in 0..<shape.fields {
        for g in f + 1..<max(shape.fields, f + 1) {
          body(
            (b * shape.fields + f) * shape.width, (b * shape.fields + g) * shape.width,
            b * shape.pairs + shape.pair(f, g))
        }
      }
    }
  }

  // y[b,:] = Σ_f e[b,f,:]
  public func fieldSum(
    _ shape: Interaction.Shape, rows: Int, e: ReferenceBuffer, y: ReferenceBuffer
  ) {
    let size = shape.fields * shape.width
    for b in 0..<rows {
      for j in 0..<shape.width {
        y[b * shape.width + j] = stride(from: j, to: size, by: shape.width)
          .reduce(0) { $0 + e[b * size + $1] }
      }
    }
  }

  // de[b,f,:] = dy[b,:]
  public func fieldSumGradient(
    _ shape: Interaction.Shape, rows: Int, dy: ReferenceBuffer, de: GradientTarget<ReferenceBuffer>
  ) {
    let size = shape.fields * shape.width
    for b in 0..<rows {
      for place in 0..<size {
        de.put(dy[b * shape.width + place % shape.width], at: b * size + place)
      }
    }
  }

  // y[b,i,j] = x[b,i] · x[b,j]
  public func outerProduct(width: Int, rows: Int, x: ReferenceBuffer, y: ReferenceBuffer) {
    for b in 0..<rows {
      let vector = x.row(b, width: width)
      for i in 0..<width {
        for j in 0..<width { y[(b * width + i) * width + j] = vector[i] * vector[j] }
      }
    }
  }

  // dx[b,i] = Σ_j (dy[b,i,j] + dy[b,j,i]) · x[b,j]
  public func outerProductGradient(
    width: Int, rows: Int, x: ReferenceBuffer, dy: ReferenceBuffer,
    dx: GradientTarget<ReferenceBuffer>
  ) {
    for b in 0..<rows {
      let (vector, slopes) = (x.row(b, width: width), dy.row(b, width: width * width))
      for i in 0..<width {
        let slope = (0..<width).reduce(0) {
          $0 + (slopes[i * width + $1] + slopes[$1 * width + i]) * vector[$1]
        }
        dx.put(slope, at: b * width + i)
      }
    }
  }

  // y = a ∘ b
  public func multiply(
    _ a: ReferenceBuffer, _ b: ReferenceBuffer, count: Int, into y: GradientTarget<ReferenceBuffer>
  ) {
    for index in 0..<count { y.put(a[index] * b[index], at: index) }
  }
}

extension ReferenceBuffer {
  /// The field vectors of a row.
  fileprivate func row(
    _ index: Int, _ shape: InnerProduct.Shape
  ) -> UnsafeMutableBufferPointer<Double> {
    row(index, width: shape.fields * shape.width)
  }
}
