import Foundation
import Random

/// How a parameter starts. Numbers depend only on the seed and the parameter's name.
public enum Initializer: Sendable, Hashable {
  /// The same number everywhere.
  case constant(Float)
  /// Normal with mean 0.
  case normal(deviation: Float)
  /// Normal with mean 0 and variance 2 / (rows + columns) (Glorot & Bengio 2010).
  case xavierNormal

  /// The initial values of a parameter, [rows × columns].
  public func values(for parameter: Parameter, seed: UInt64) -> [Float] {
    switch self {
    case .constant(let value):
      return [Float](repeating: value, count: parameter.count)
    case .normal(let deviation):
      return Self.normal(parameter, deviation: Double(deviation), seed: seed)
    case .xavierNormal:
      let variance = 2 / Double(max(parameter.rows + parameter.columns, 1))
      return Self.normal(parameter, deviation: variance.squareRoot(), seed: seed)
    }
  }

  /// Normal numbers by the Box–Muller transform.
  private static func normal(_ parameter: Parameter, deviation: Double, seed: UInt64) -> [Float] {
    var random = RandomStream(seed: seed, purpose: parameter.name)
    return [Float](unsafeUninitializedCapacity: parameter.count) { buffer, count in
      count = parameter.count
      for first in stride(from: 0, to: count, by: 2) {
        let radius = deviation * (-2 * log(random.uniform())).squareRoot()
        let angle = 2 * Double.pi * random.uniform()
        buffer[first] = Float(radius * cos(angle))
        if first + 1 < count { buffer[first + 1] = Float(radius * sin(angle)) }
      }
    }
  }
}
