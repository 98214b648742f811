extension ReferenceBackend {
  // y = Σ_i x_i
  public func sum(_ terms: [ReferenceBuffer], count: Int, y: ReferenceBuffer) {
    for index in 0..<count { y[index] = terms.reduce(0) { $0 + $1[index] } }
  }

  // dx = dy
  public func passGradient(
    dy: ReferenceBuffer, dx: GradientTarget<ReferenceBuffer>, count: Int
  ) {
    for index in 0..<count { dx.put(dy[index], at: index) }
  }
}
