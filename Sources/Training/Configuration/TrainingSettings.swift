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
    guard let mapping = root.mapping else {
      throw UserError(
        name, line: root.mark?.line, column: root.mark?.column, found: "no mapping",
        expected: "keys and values", remedy: "write key: value lines")
    }
    for (key, value) in mapping {
      guard let text = Self.text(of: value) else {
        throw UserError(
          name, line: value.mark?.line, column: value.mark?.column, found: "a nested value",
          expected: "a value or a list of values", remedy: "write each key on a line of its own")
      }
      all.append(
        Setting(
          key: key.string ?? "", text: text, origin: name, line: key.mark?.line,
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

  /// The text of a scalar, or those of a list of scalars, comma-separated.
  private static func text(of node: Node) -> String? {
    guard let sequence = node.sequence else { return node.scalar?.string }
    let elements = sequence.compactMap { $0.scalar?.string }
    return elements.count == sequence.count ? elements.joined(separator: ",") : nil
  }
}
