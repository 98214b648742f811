import Operators

/// How numbers start, by name.
public enum InitializerName: String, Sendable, Codable, CaseIterable {
  /// Normal; of an embedding with the deviation that is set, of a layer with xavier's.
  case normal
  /// Uniform with the same deviation.
  case uniform
  /// Normal with variance 2 / (inputs + outputs), after Glorot & Bengio: glorot.
  case xavier
  /// Uniform with the same variance.
  case xavierUniform = "xavier-uniform"
  /// Normal with variance 2 / inputs (He et al. 2015).
  case he
  /// Uniform with the same variance.
  case heUniform = "he-uniform"
  /// All 0.
  case zeros

  /// The initializer of an embedding.
  ///
  /// - Parameter deviation: of normal and uniform numbers.
  func initializer(deviation: Float) -> Initializer {
    switch self {
    case .normal: .normal(deviation: deviation)
    case .uniform: .uniform(bound: Float(3).squareRoot() * deviation)
    default: layer
    }
  }

  /// The initializer of a dense layer.
  var layer: Initializer {
    switch self {
    case .normal, .xavier: .xavierNormal
    case .uniform, .xavierUniform: .xavierUniform
    case .he: .heNormal
    case .heUniform: .heUniform
    case .zeros: .constant(0)
    }
  }
}
