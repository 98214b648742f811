import Operators

/// An optimizer by name.
public enum OptimizerName: String, Sendable, Codable, ConfigurationChoice {
  case adam, adagrad, sgd, ftrl

  /// The learning rate where none is given.
  var usualRate: Float {
    switch self {
    case .adam: 1e-3
    case .adagrad: 1e-2
    case .sgd, .ftrl: 1e-1
    }
  }
}

extension Activation: ConfigurationChoice {}
extension Recipe.TableUpdate: ConfigurationChoice {}
extension Monitor: ConfigurationChoice {}
