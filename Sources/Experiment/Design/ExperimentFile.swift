import Features
import Models
import Support
import Training
import Yams

/// What an experiment compares, as a YAML file says it:
///
/// ```yaml
/// title: LR, FM and DeepFM on Frappe
/// champion: deepfm-d            # whom the others are tested against
/// seeds: [1, 2, 3, 4, 5]
/// settings:                     # of all models
///   batch_size: 4096
/// models:                       # or a list of names, for settings as they come
///   lr: {learning_rate: 1e-3}
///   deepfm-d: {embedding_l2: 0.05}
///   wide: {model: lr-dnn}       # any name, with the model it stands for
/// ```
///
/// A study has a `space` as well, see ``SearchSpace``, and may have `search`, `samples` and `halving`.
package struct ExperimentFile: Sendable {
  /// A heading; nil for a plain one.
  package var title: String?
  /// The name of the model that the others are tested against; nil to choose.
  package var champion: String?
  /// The seeds; empty for the command's usual ones.
  package var seeds: [UInt64] = []
  /// What a study varies; empty for a comparison.
  package var space = SearchSpace()
  /// How a study goes about it.
  package var search = SearchMethod()
  /// The models with their names and settings; empty for all models.
  private var models: [(name: String, settings: TrainingSettings)] = []
  private var settings = TrainingSettings()

  /// Nothing said.
  package init() {}

  private static let keys = [
    "title", "champion", "seeds", "settings", "models", "space", "search", "samples", "halving",
  ]

  /// Reads a file's text.
  ///
  /// - Parameter name: what errors call it: the file's path.
  /// - Throws: `UserError` with line and column. Settings are judged by ``variants(only:over:)``.
  package init(yaml text: String, name: String) throws {
    let place = YAMLPlace(name: name)
    guard let root = try StrictYAML.root(of: text, name: name) else { return }
    for (key, value) in try place.mapping(root) {
      let word = key.string ?? ""
      switch word {
      case "title": title = try place.text(value)
      case "champion": champion = try place.text(value).lowercased()
      case "seeds":
        seeds = try place.list(value).map { try place.number($0, "a seed: a whole number from 0") }
        try place.refuse(seeds.isEmpty ? value : nil, "no seeds", "at least one")
        try place.refuse(Set(seeds).count < seeds.count ? value : nil, "a seed twice", "each once")
      case "settings":
        settings = try TrainingSettings(value, name: name)
        try Self.check(settings, allowing: [])
      case "models": models = try Self.models(value, place)
      case "space": space = try SearchSpace(value, place)
      case "search", "samples", "halving": try search.read(word, value, place)
      default: throw place.unknown(key, among: Self.keys)
      }
    }
  }

  /// A mapping of names to settings, or a list of names.
  private static func models(
    _ node: Node, _ place: YAMLPlace
  ) throws -> [(name: String, settings: TrainingSettings)] {
    let models: [(String, TrainingSettings)]
    if node.sequence != nil {
      models = try place.list(node).map { (try place.text($0).lowercased(), TrainingSettings()) }
    } else {
      models = try place.mapping(node).map { key, value in
        let isEmpty = value.null != nil || value.scalar?.string == ""
        let settings = try isEmpty ? TrainingSettings() : TrainingSettings(value, name: place.name)
        try check(settings, allowing: ["model"])
        return (key.string?.lowercased() ?? "", settings)
      }
    }
    let names = models.map { $0.0 }
    try place.refuse(names.isEmpty ? node : nil, "no models", "at least one")
    try place.refuse(Set(names).count < names.count ? node : nil, "a model twice", "each once")
    for (index, name) in names.enumerated()
    where !models[index].1.all.contains(where: { $0.key == "model" }) {
      guard ModelRegistry.type(named: name) == nil else { continue }
      let known = ModelRegistry.all.map { $0.name }
      throw place.error(
        node, found: "model \"\(name)\"", expected: "one of \(known.joined(separator: ", "))",
        remedy: nearest(to: name, among: known).map { "did you mean \"\($0)\"?" }
          ?? "say which model it stands for: \(name): {model: …}")
    }
    return models
  }

  /// What an experiment says elsewhere has no place among settings.
  private static func check(_ settings: TrainingSettings, allowing allowed: Set<String>) throws {
    let elsewhere = ["seed": "write seeds: [1, 2, 3]", "model": "name it under models"]
    for setting in settings.all where !allowed.contains(setting.key) {
      guard let remedy = elsewhere[setting.key] else { continue }
      throw setting.error(
        found: "\(setting.key) among settings", expected: "none here", remedy: remedy)
    }
  }

  /// The models with all their settings.
  ///
  /// - Parameters:
  ///   - names: which models, and in which order; nil for those of the file, or all there are.
  ///   - flags: settings over those of the file, for every model.
  /// - Throws: `UserError` for a setting that is not as it must be, with its place.
  package func variants(
    only names: [String]? = nil, over flags: TrainingSettings = TrainingSettings()
  ) throws -> [Variant] {
    let known =
      models.isEmpty ? ModelRegistry.all.map { ($0.name, TrainingSettings()) } : models
    let chosen = try (names ?? known.map { $0.0 }).map { name in
      let name = name.lowercased()
      if let model = known.first(where: { $0.0 == name }) { return model }
      guard ModelRegistry.type(named: name) != nil else {
        throw ModelError.unknownName(
          name,
          suggestion: nearest(
            to: name, among: known.map { $0.0 } + ModelRegistry.all.map { $0.name }))
      }
      return (name, TrainingSettings())
    }
    return try chosen.map { name, own in
      var all = settings
      if !own.all.contains(where: { $0.key == "model" }) {
        all.set("model", to: name, origin: "models")
      }
      all.merge(own)
      all.merge(flags)
      return Variant(name: name, configuration: try TrainingConfiguration(all))
    }
  }
}
