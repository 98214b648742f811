import Foundation
import Random

extension ReferenceBackend {
  // y = dropout(activation(x))
  public func activate(
    _ epilogue: Epilogue, width: Int, rows: Int, x: ReferenceBuffer, y: ReferenceBuffer
  ) {
    for b in 0..<rows {
      let (below, above) = (x.row(b, width: width), y.row(b, width: width))
      let factors = epilogue.dropout?.factors(row: b, width: width)
      for j in below.indices {
        above[j] = epilogue.activation.value(below[j]) * (factors?[j] ?? 1)
      }
    }
  }

  // dx = dy ∘ epilogue'(y): the derivative of what was kept, 0 for what was dropped
  public func activateGradient(
    _ epilogue: Epilogue, width: Int, rows: Int, y: ReferenceBuffer, dy: ReferenceBuffer,
    dx: GradientTarget<ReferenceBuffer>
  ) {
    for b in 0..<rows {
      let factors = epilogue.dropout?.factors(row: b, width: width)
      for j in 0..<width {
        let (place, factor) = (b * width + j, factors?[j] ?? 1)
        let slope =
          factor == 0 ? 0 : factor * epilogue.activation.derivative(at: y[place] / factor)
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
  /// What the elements of a row are multiplied by: 0 or the scale.
  func factors(row: Int, width: Int) -> [Double] {
    let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    var planes: [SIMD4<UInt32>] = []
    return (0..<width).map { column in
      if column % 128 == 0 {
        planes = (0..<8).map { plane in
          Philox.block(
            counter: SIMD4(UInt32(row), UInt32(column / 128 * 8 + plane), step, layer), key: key)
        }
      }
      let byte = planes.reduce(0) { byte, words in
        byte << 1 | Int(words[column % 128 / 32] >> UInt32(column % 32) & 1)
      }
      return byte < threshold ? 0 : Double(scale)
    }
  }
}
