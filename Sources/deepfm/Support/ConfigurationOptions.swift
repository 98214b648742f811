import ArgumentParser
import DeepFMKit
import Foundation
import Support

/// The training configuration: a YAML file, and a flag for each of its keys; flags win.
struct ConfigurationOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A YAML file with any of the settings.", valueName: "file"))
  var config: String?

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp(
      "Settings over those of the file, for instance --batch-size 1024 --dropout 0.2.",
      valueName: "setting"))
  var settings: [String] = []

  /// The configuration in force.
  ///
  /// - Parameter earlier: what the settings are changes to; nil for the defaults.
  func configuration(over earlier: TrainingConfiguration? = nil) throws -> TrainingConfiguration {
    guard let earlier else { return try TrainingConfiguration(merged()) }
    var all = try TrainingSettings(yaml: earlier.yaml, name: "configuration")
    try all.merge(merged())
    return try TrainingConfiguration(all)
  }

  /// The file's settings with the flags on top.
  func merged() throws -> TrainingSettings {
    var merged =
      try config.map { try TrainingSettings(yaml: readText($0), name: $0) } ?? TrainingSettings()
    merged.merge(try flags())
    return merged
  }

  /// The settings that were given as flags.
  func flags() throws -> TrainingSettings { try Self.parse(settings: settings) }

  /// The settings that are written as flags.
  static func parse(settings: [String]) throws -> TrainingSettings {
    var merged = TrainingSettings()
    var rest = settings[...]
    while let flag = rest.popFirst() {
      guard flag.hasPrefix("--"), flag.count > 2 else {
        throw ValidationError("unexpected argument '\(flag)'; settings are written --name value")
      }
      let parts = flag.dropFirst(2).split(separator: "=", maxSplits: 1)
      let name = String(parts[0])
      let key = name.replacing("-", with: "_")
      guard TrainingConfiguration.keys.contains(where: { $0.name == key }) else {
        let flags = TrainingConfiguration.keys.map { $0.name.replacing("_", with: "-") }
        let guess = nearest(to: name, among: flags).map { "; did you mean '--\($0)'?" }
        throw ValidationError("unknown option '--\(name)'\(guess ?? "; see --help")")
      }
      guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
        throw ValidationError("'--\(name)' needs a value")
      }
      merged.set(key, to: value, origin: "--\(name)")
    }
    return merged
  }

  /// All settings with their defaults, for the help of a command.
  static var help: String {
    let defaults = TrainingConfiguration()
    let indent = 4 + (TrainingConfiguration.keys.map(\.name.count).max() ?? 0) + 2
    let entries = TrainingConfiguration.keys.map { key in
      let flag = "  --" + key.name.replacing("_", with: "-")
      let value = key.text(defaults).map { " (\($0))" } ?? ""
      return flag + String(repeating: " ", count: indent - flag.count)
        + wrapped(key.help + value, indent: indent)
    }
    return (["SETTINGS, as flags or as keys of --config (with _ for -):"] + entries)
      .joined(separator: "\n")
  }

  /// Breaks a text at blanks so that it ends before column 80 when it starts at `indent`.
  private static func wrapped(_ text: String, indent: Int) -> String {
    var (result, column) = ("", indent)
    for word in text.split(separator: " ") {
      if column + 1 + word.count > 79, column > indent {
        result += "\n" + String(repeating: " ", count: indent)
        column = indent
      } else if column > indent {
        result += " "
        column += 1
      }
      result += word
      column += word.count
    }
    return result
  }
}

/// The text of a file.
func readText(_ path: String) throws -> String {
  do {
    return try String(contentsOf: URL(filePath: path), encoding: .utf8)
  } catch {
    throw UserError(
      path, found: "no readable UTF-8 text", expected: "a text file", remedy: "check the path")
  }
}
