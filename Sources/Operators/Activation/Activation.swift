import Foundation

/// An element-wise nonlinearity.
public enum Activation: String, Sendable, Codable, CaseIterable {
  /// x
  case identity
  /// max(x, 0)
  case relu
  /// The hyperbolic tangent.
  case tanh
  /// 1 / (1 + e^−x)
  case sigmoid
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
