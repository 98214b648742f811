extension ReferenceBackend {
  // y = epilogue(γ ∘ (x − μ) / √(σ² + ε) + β), column by column
  public func normalize(
    _ shape: Normalization.Shape, rows: Int, x: ReferenceBuffer,
    parameters: NormalizationBuffers<ReferenceBuffer>, saved: ReferenceBuffer, training: Bool,
    epilogue: Epilogue, y: ReferenceBuffer
  ) {
    guard rows > 0 else { return }
    let width = shape.width
    for j in 0..<width {
      let column = stride(from: j, to: rows * width, by: width)
      var (mean, variance) = (parameters.mean[j], parameters.variance[j])
      if training {
        mean = column.reduce(0) { $0 + x[$1] } / Double(rows)
        variance = column.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / Double(rows)
        let unbiased = rows > 1 ? variance * Double(rows) / Double(rows - 1) : variance
        let momentum = Double(shape.momentum)
        parameters.mean[j] += momentum * (mean - parameters.mean[j])
        parameters.variance[j] += momentum * (unbiased - parameters.variance[j])
      }
      let inverse = 1 / (variance + Double(shape.epsilon)).squareRoot()
      if training { (saved[j], saved[width + j]) = (mean, inverse) }
      for place in column {
        y[place] = parameters.gamma[j] * (x[place] - mean) * inverse + parameters.beta[j]
      }
    }
    activate(epilogue, width: width, rows: rows, x: y, y: y)
  }

  // dβ = Σ dz, dγ = Σ dz ∘ x̂, dx = γ/√(σ² + ε) ∘ (dz − dβ/rows − x̂ ∘ dγ/rows)
  public func normalizeGradient(
    _ shape: Normalization.Shape, rows: Int, x: ReferenceBuffer, gamma: ReferenceBuffer,
    saved: ReferenceBuffer, epilogue: Epilogue, y: ReferenceBuffer, dy: ReferenceBuffer,
    dx: GradientTarget<ReferenceBuffer>, dgamma: ReferenceBuffer, dbeta: ReferenceBuffer
  ) {
    let width = shape.width
    activateGradient(epilogue, width: width, rows: rows, y: y, dy: dy, dx: GradientTarget(dy))
    for j in 0..<width {
      let column = stride(from: j, to: rows * width, by: width)
      let (mean, inverse) = (saved[j], saved[width + j])
      dbeta[j] = column.reduce(0) { $0 + dy[$1] }
      dgamma[j] = column.reduce(0) { $0 + dy[$1] * (x[$1] - mean) * inverse }
      for place in column {
        let normalized = (x[place] - mean) * inverse
        let centred = dy[place] - (dbeta[j] + normalized * dgamma[j]) / Double(rows)
        dx.put(gamma[j] * inverse * centred, at: place)
      }
    }
  }
}
