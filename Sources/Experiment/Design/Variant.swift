import Training

/// A way to train that an experiment compares: a model with its settings.
package struct Variant: Sendable, Codable, Hashable {
  /// What tables call it.
  package let name: String
  /// The settings that differ from those of its neighbours in a study, as they are written.
  package let point: [Choice]
  /// The settings in force, but for the seed.
  package let configuration: TrainingConfiguration

  /// A setting with the value it was given.
  package struct Choice: Sendable, Codable, Hashable {
    package let key: String
    package let value: String

    package init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  package init(
    name: String, point: [Choice] = [], configuration: TrainingConfiguration
  ) {
    self.name = name
    self.point = point
    self.configuration = configuration
  }
}
