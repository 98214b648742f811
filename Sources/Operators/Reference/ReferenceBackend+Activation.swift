import Foundation
import Random

extension ReferenceBackend {
  // y = dropout(activation(x))
  public func activate(
    _ epilogue: Epilogue, width: Int, rows: Int, x: ReferenceBuffer, y: ReferenceBuffer
  ) {
    for b in 0..<rows {
      let (below, above) = (x.row(b, width: width), y.row(b, width: width))
      for j in below.indices { above[j] = epilogue.activation.value(below[j]) }
      guard let dropout = epilogue.dropout else { continue }
      for j in above.indices {
        above[j] = dropout.keeps(row: b, column: j) ? above[j] * Double(dropout.scale) : 0
      }
    }
  }

  // dx = dy ∘ epilogue'(y): the derivative of what was kept, 0 for what was dropped
  public func activateGradient(
    _ epilogue: Epilogue, width: Int, rows: Int, y: ReferenceBuffer, dy: ReferenceBuffer,
    dx: GradientTarget<ReferenceBuffer>
  ) {
    let scale = Double(epilogue.dropout?.scale ?? 1)
    for b in 0..<rows {
      for j in 0..<width {
        let place = b * width + j
        let isKept = epilogue.dropout?.keeps(row: b, column: j) ?? true
        let slope = isKept ? scale * epilogue.activation.derivative(at: y[place] / scale) : 0
        dx.put(dy[place] * slope, at: place)
      }
    }
  }
}

extension GradientTarget<ReferenceBuffer> {
  /// Writes or adds one derivative.
  func put(_ derivative: Double, at index: Int) {
    buffer[index] = accumulates ? buffer[index] + derivative : derivative
  }
}

extension Activation {
  /// The activation of x.
  func value(_ x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: max(x, 0)
    case .tanh: Foundation.tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    }
  }

  /// The derivative where the activation is y.
  func derivative(at y: Double) -> Double {
    switch self {
    case .identity: 1
    case .relu: y > 0 ? 1 : 0
    case .tanh: 1 - y * y
    case .sigmoid: y * (1 - y)
    }
  }
}

extension Dropout {
  /// Whether an element stays.
  func keeps(row: Int, column: Int) -> Bool {
    let words = Philox.block(
      counter: SIMD4(UInt32(row), UInt32(column / 4), step, layer),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    return words[column % 4] >= threshold
  }
}
