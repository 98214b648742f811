import Models
import Operators

/// An optimizer by name.
public enum OptimizerName: String, Sendable, Codable, ConfigurationChoice {
  case adam, adagrad
  /// Adagrad with one number for each row of a table.
  case rowwiseAdagrad = "rowwise-adagrad"
  case sgd, ftrl
}

/// The parts of a model whose learning rate is warmed up.
public enum WarmUpParts: String, Sendable, Codable, CaseIterable, ConfigurationChoice {
  /// All.
  case all
  /// The deep part only.
  case deep
}

extension Activation: ConfigurationChoice {}
extension InitializerName: ConfigurationChoice {}
extension Preset: ConfigurationChoice {}
extension ProductForm: ConfigurationChoice {}
extension Recipe.TableUpdate: ConfigurationChoice {}
extension Monitor: ConfigurationChoice {}
