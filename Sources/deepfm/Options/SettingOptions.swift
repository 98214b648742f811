import ArgumentParser
import DeepFMKit
import Support

/// A flag for each key of the training configuration that a command takes.
///
/// ArgumentParser finds a command's options in its mirror; this one makes them of
/// ``TrainingConfiguration/settableKeys``, so that help, completion and manual know each setting.
struct SettingOptions<Scope: SettingScope>: ParsableArguments, CustomReflectable {
  /// The settings that were given.
  private(set) var given = TrainingSettings()

  init() {}

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Name.self)
    for key in Scope.keys {
      let option = try values.decode(Option<String?>.self, forKey: Name(stringValue: key.name))
      guard let text = option.wrappedValue else { continue }
      given.set(key.name, to: text, origin: "--\(key.flag)")
    }
  }

  var customMirror: Mirror {
    Mirror(self, children: Scope.keys.map { (label: $0.name, value: $0.option) })
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// Which settings a command takes.
protocol SettingScope {
  static var keys: [TrainingConfiguration.Key] { get }
}

/// The settings of one training: all.
enum OneTraining: SettingScope {
  static var keys: [TrainingConfiguration.Key] { TrainingConfiguration.settableKeys }
}

/// The settings that the trainings of an experiment share: it has models and seeds of its own.
enum ManyTrainings: SettingScope {
  static var keys: [TrainingConfiguration.Key] {
    TrainingConfiguration.settableKeys.filter { !["model", "seed"].contains($0.name) }
  }
}

extension TrainingConfiguration.Key {
  fileprivate var flag: String { name.replacing("_", with: "-") }

  /// The words it may be; none if there are more than a few.
  private var choices: [String] {
    if expected == "true or false" { return ["true", "false"] }
    let words = expected.replacing("one of ", with: "").split(separator: ", ").map(String.init)
    return words.count > 1 && !words.contains { $0.contains(" ") } ? words : []
  }

  fileprivate var option: Option<String?> {
    let usual = text(TrainingConfiguration())
    var notes = usual.map { ["default: \($0)"] } ?? []
    if !choices.isEmpty, !choices.contains("true"), usual != nil {
      notes.insert("values: " + choices.joined(separator: ", "), at: 0)
    }
    let note = notes.isEmpty ? "" : " (" + notes.joined(separator: "; ") + ")"
    return Option(
      name: .customLong(flag), parsing: .unconditional,
      help: ArgumentHelp("\(help)\(note)", valueName: "value"),
      completion: choices.isEmpty ? nil : .list(choices))
  }
}
