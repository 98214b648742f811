extension Activate {
  package func forward(_ pass: ReferencePass) {
    pass.epilogue(epilogue).apply(
      rows: pass.rows, width: input.width, x: pass[input], y: pass[output])
  }

  package func backward(_ pass: ReferencePass) {
    pass.epilogue(epilogue).applyGradient(
      rows: pass.rows, width: input.width, y: pass[output], dy: pass.gradient(of: output),
      dx: pass.target(for: input))
  }
}

extension Epilogue {
  /// y = dropout(activation(x)), [rows × width].
  func apply(rows: Int, width: Int, x: ReferenceBuffer, y: ReferenceBuffer) {
    for b in 0..<rows {
      let (below, above) = (x.row(b, width: width), y.row(b, width: width))
      let factors = dropout?.factors(row: b, width: width)
      for j in below.indices { above[j] = activation.value(below[j]) * (factors?[j] ?? 1) }
    }
  }

  /// dx = dy ∘ epilogue'(y): the derivative of what was kept, 0 for what was dropped.
  func applyGradient(
    rows: Int, width: Int, y: ReferenceBuffer, dy: ReferenceBuffer,
    dx: GradientTarget<ReferenceBuffer>
  ) {
    for b in 0..<rows {
      let factors = dropout?.factors(row: b, width: width)
      for j in 0..<width {
        let (place, factor) = (b * width + j, factors?[j] ?? 1)
        let slope = factor == 0 ? 0 : factor * activation.derivative(at: y[place] / factor)
        dx.put(dy[place] * slope, at: place)
      }
    }
  }
}
