import Models
import Operators

/// An optimizer by name.
public enum OptimizerName: String, Sendable, Codable, ConfigurationChoice {
  case adam, adagrad, sgd, ftrl
}

extension Activation: ConfigurationChoice {}
extension ProductForm: ConfigurationChoice {}
extension Recipe.TableUpdate: ConfigurationChoice {}
extension Monitor: ConfigurationChoice {}
