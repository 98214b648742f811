import Features

/// All models there are.
public enum ModelRegistry {
  /// The models, from the simplest to the paper's own.
  public static let all: [any Model.Type] = [LR.self, FM.self, DeepFM<DNN>.self]

  /// The model called `name`, with the given sizes.
  ///
  /// - Throws: ``ModelError`` for an unknown name (with the nearest known one) or invalid sizes.
  public static func model(
    named name: String, _ configuration: ModelConfiguration
  ) throws(ModelError) -> any Model {
    guard let type = all.first(where: { $0.name == name.lowercased() }) else {
      throw .unknownName(
        name, suggestion: nearest(to: name.lowercased(), among: all.map { $0.name }))
    }
    try configuration.validate()
    return type.init(configuration)
  }
}
