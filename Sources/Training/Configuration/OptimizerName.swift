import Models
import Operators

/// An optimizer by name: one of the `OptimizerRegistry`.
public struct OptimizerName: Sendable, Hashable, Codable, ConfigurationChoice {
  /// The name.
  public let rawValue: String

  /// Nil where there is no optimizer of that name.
  public init?(rawValue: String) {
    guard OptimizerRegistry.type(named: rawValue) != nil else { return nil }
    self.rawValue = rawValue
  }

  /// Names an optimizer of the registry.
  public init(_ type: any Optimizer.Type) { rawValue = type.name }

  /// The optimizer.
  var type: any Optimizer.Type { OptimizerRegistry.type(named: rawValue) ?? Adam.self }

  public static var allCases: [OptimizerName] { OptimizerRegistry.all.map { OptimizerName($0) } }
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
extension CrossForm: ConfigurationChoice {}
extension Recipe.TableUpdate: ConfigurationChoice {}
extension TablePrecision: ConfigurationChoice {}
extension Monitor: ConfigurationChoice {}
