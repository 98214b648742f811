import Features
import Support
import Yams

/// Keys and values of a training configuration as they were written, each with its place: a YAML
/// file's, and flags on top.
///
/// ```swift
/// var settings = try TrainingSettings(yaml: text, name: "config.yaml")
/// settings.set("learning_rate", to: "0.01", origin: "--learning-rate")
/// let configuration = try TrainingConfiguration(settings)
/// ```
package struct TrainingSettings: Sendable {
  /// One key with its value.
  package struct Setting: Sendable {
    package var key: String
    var text: String
    var origin: String
    var line: Int?
    var column: Int?
  }

  /// The settings in the order they were written; a later one wins.
  package private(set) var all: [Setting] = []

  /// No settings: every value is the default.
  package init() {}

  /// Reads a YAML mapping of keys to values or lists of values.
  ///
  /// - Parameters:
  ///   - text: the YAML; an empty one is an empty mapping.
  ///   - name: what errors call it: the file's path.
  /// - Throws: `UserError` with line and column. Keys and values are judged later, by
  ///   ``TrainingConfiguration/init(_:)``.
  package init(yaml text: String, name: String) throws {
    guard let root = try StrictYAML.root(of: text, name: name) else {
      self.init()
      return
    }
    try self.init(root, name: name)
  }

  /// Takes a YAML mapping of keys to values or lists of values, a part of a larger document.
  ///
  /// - Parameters:
  ///   - root: the mapping.
  ///   - name: what errors call the document: the file's path.
  /// - Throws: `UserError` with line and column, as for a text.
  package init(_ root: Node, name: String) throws {
    let place = YAMLPlace(name: name)
    for (key, value) in try place.mapping(root) {
      all.append(
        Setting(
          key: key.string ?? "", text: try place.text(value), origin: name, line: key.mark?.line,
          column: key.mark?.column))
    }
  }

  /// Sets a key, over what was set before.
  ///
  /// - Parameters:
  ///   - key: the key as in YAML, for instance `learning_rate`.
  ///   - text: the value; lists separated by commas.
  ///   - origin: what errors call the place, for instance `--learning-rate`.
  package mutating func set(_ key: String, to text: String, origin: String) {
    all.append(Setting(key: key, text: text, origin: origin))
  }

  /// Sets all keys of `other`, over what was set before.
  package mutating func merge(_ other: TrainingSettings) {
    all += other.all
  }
}
