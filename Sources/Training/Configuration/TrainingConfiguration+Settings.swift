import Features
import Models
import Support

extension TrainingConfiguration {
  /// The configuration that settings describe; what they leave out is the model's default.
  ///
  /// - Throws: `UserError` for the first unknown key or value out of its range, with its place.
  package init(_ settings: TrainingSettings) throws {
    // The model and the preset first: they decide the defaults of the others.
    func text(_ key: String) -> String? {
      settings.all.last { $0.key == key }?.text.lowercased()
    }
    self.init(
      model: text("model") ?? "deepfm-d",
      preset: text("preset").flatMap { Preset(rawValue: $0) } ?? .auto)
    for setting in settings.all {
      guard let key = Self.keys.first(where: { $0.name == setting.key }) else {
        throw setting.error(
          found: "unknown key \"\(setting.key)\"", expected: "a key of the training configuration",
          remedy: Self.remedy(for: setting.key, among: Self.keys.map(\.name)) ?? "delete it")
      }
      let text = key.name == "model" ? setting.text.lowercased() : setting.text
      guard key.read(text, &self) else {
        let guess = key.name == "model" ? ModelRegistry.all.map { $0.name } : []
        throw setting.error(
          found: "\(key.name) \"\(setting.text)\"", expected: key.expected,
          remedy: Self.remedy(for: text, among: guess) ?? "correct it")
      }
    }
  }

  private static func remedy(for name: String, among names: [String]) -> String? {
    nearest(to: name, among: names).map { "did you mean \"\($0)\"?" }
  }

  /// A key's value as it is written; nil for none, and for one that the log is to decide.
  private func text(of key: Key) -> String? { open.contains(key.name) ? nil : key.text(self) }

  /// The configuration as YAML, which `TrainingSettings.init(yaml:name:)` reads back.
  public var yaml: String {
    Self.keys.reduce(into: "") { yaml, key in
      if let text = text(of: key) { yaml += "\(key.name): \(text)\n" }
    }
  }
}

extension TrainingSettings.Setting {
  package func error(found: String, expected: String, remedy: String) -> UserError {
    UserError(
      origin, line: line, column: column, found: found, expected: expected, remedy: remedy)
  }
}

extension TrainingConfiguration: Codable {
  /// Reads what ``encode(to:)`` wrote: keys with the texts of their values.
  public init(from decoder: any Decoder) throws {
    let texts = try decoder.singleValueContainer().decode([String: String].self)
    var settings = TrainingSettings()
    for key in texts.keys.sorted() {
      settings.set(key, to: texts[key] ?? "", origin: "configuration")
    }
    try self.init(settings)
  }

  /// The text of each key's value.
  package var texts: [String: String] {
    Self.keys.reduce(into: [:]) { $0[$1.name] = text(of: $1) }
  }

  /// Writes each key with the text of its value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(texts)
  }
}
