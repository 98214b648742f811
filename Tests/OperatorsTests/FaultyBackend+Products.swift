@testable import Operators

extension FaultyBackend {
  func innerProduct(
    _ shape: InnerProduct.Shape, rows: Int, e: ReferenceBuffer, theta: ReferenceBuffer,
    y: ReferenceBuffer
  ) {
    right.innerProduct(shape, rows: rows, e: e, theta: theta, y: y)
    guard fault == .innerProductOfOneCoordinateLess, shape.width > 8 else { return }
    for b in 0..<rows {
      for n in 0..<shape.outputs {
        let s = (0..<shape.fields).reduce(0) {
          $0 + theta[$1 * shape.outputs + n]
            * e[(b * shape.fields + $1 + 1) * shape.width - 1]
        }
        y[b * shape.outputs + n] -= s * s
      }
    }
  }

  func innerProductGradient(
    _ shape: InnerProduct.Shape, rows: Int, e: ReferenceBuffer, theta: ReferenceBuffer,
    dy: ReferenceBuffer, de: GradientTarget<ReferenceBuffer>, dtheta: ReferenceBuffer
  ) {
    right.innerProductGradient(
      shape, rows: rows, e: e, theta: theta, dy: dy, de: de, dtheta: dtheta)
    // As if only the last piece of a batch counted.
    guard fault == .thetaGradientOverwritten, rows > 16 else { return }
    for place in 0..<shape.fields * shape.outputs { dtheta[place] /= 2 }
  }

  func pairProducts(
    _ kind: PairProducts.Kind, _ shape: Interaction.Shape, rows: Int, e: ReferenceBuffer,
    y: ReferenceBuffer
  ) {
    right.pairProducts(kind, shape, rows: rows, e: e, y: y)
    if fault == .pairTakenTwice, rows > 0, shape.pairs > 2 { y[1] = y[0] }
  }

  func pairProductsGradient(
    _ kind: PairProducts.Kind, _ shape: Interaction.Shape, rows: Int, e: ReferenceBuffer,
    dy: ReferenceBuffer, de: GradientTarget<ReferenceBuffer>
  ) {
    right.pairProductsGradient(kind, shape, rows: rows, e: e, dy: dy, de: de)
    if fault == .pairGradientOneSided, rows > 0 {
      // The last field is the first of no pair.
      for j in 1...shape.width { de.buffer[rows * shape.fields * shape.width - j] = 0 }
    }
  }

  func fieldSum(_ shape: Interaction.Shape, rows: Int, e: ReferenceBuffer, y: ReferenceBuffer) {
    right.fieldSum(shape, rows: rows, e: e, y: y)
    guard fault == .fieldSumSkipsLastField else { return }
    for b in 0..<rows {
      for j in 0..<shape.width {
        y[b * shape.width + j] -= e[((b + 1) * shape.fields - 1) * shape.width + j]
      }
    }
  }

  func fieldSumGradient(
    _ shape: Interaction.Shape, rows: Int, dy: ReferenceBuffer, de: GradientTarget<ReferenceBuffer>
  ) {
    right.fieldSumGradient(shape, rows: rows, dy: dy, de: de)
  }

  func outerProduct(width: Int, rows: Int, x: ReferenceBuffer, y: ReferenceBuffer) {
    right.outerProduct(width: width, rows: rows, x: x, y: y)
  }

  func outerProductGradient(
    width: Int, rows: Int, x: ReferenceBuffer, dy: ReferenceBuffer,
    dx: GradientTarget<ReferenceBuffer>
  ) {
    guard fault == .outerTakenAsSymmetric, !dx.accumulates else {
      return right.outerProductGradient(width: width, rows: rows, x: x, dy: dy, dx: dx)
    }
    for b in 0..<rows {
      for i in 0..<width {
        dx.buffer[b * width + i] = (0..<width).reduce(0) {
          $0 + 2 * dy[(b * width + i) * width + $1] * x[b * width + $1]
        }
      }
    }
  }

  func multiply(
    _ a: ReferenceBuffer, _ b: ReferenceBuffer, count: Int, into y: GradientTarget<ReferenceBuffer>
  ) {
    let target = fault == .multiplyOverwrites ? GradientTarget(y.buffer) : y
    right.multiply(a, b, count: count, into: target)
  }
}
