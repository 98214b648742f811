extension ReferenceBackend {
  // y[b] = ½ Σ_j [(Σ_f e[b,f,j])² − Σ_f e[b,f,j]²]
  public func interaction(
    _ shape: Interaction.Shape, rows: Int, e: ReferenceBuffer, y: ReferenceBuffer
  ) {
    for b in 0..<rows {
      let vectors = e.row(b, width: shape.fields * shape.width)
      y[b] = 0
      for j in 0..<shape.width {
        var sum = 0.0
        var squares = 0.0
        for f in 0..<shape.fields {
          let component = vectors[f * shape.width + j]
          sum += component
          squares += component * component
        }
        y[b] += (sum * sum - squares) / 2
      }
    }
  }

  // de[b,f,j] = dy[b] · (Σ_g e[b,g,j] − e[b,f,j])
  public func interactionGradient(
    _ shape: Interaction.Shape, rows: Int, e: ReferenceBuffer, dy: ReferenceBuffer,
    de: GradientTarget<ReferenceBuffer>
  ) {
    let size = shape.fields * shape.width
    for b in 0..<rows {
      let vectors = e.row(b, width: size)
      for j in 0..<shape.width {
        let column = stride(from: j, to: size, by: shape.width)
        var sum = 0.0
        for place in column { sum += vectors[place] }
        for place in column { de.put(dy[b] * (sum - vectors[place]), at: b * size + place) }
      }
    }
  }
}
