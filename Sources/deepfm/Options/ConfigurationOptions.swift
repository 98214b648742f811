import ArgumentParser
import DeepFMKit
import Foundation
import Support

/// The training configuration: a YAML file, and a flag for each of its keys; flags win.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A YAML file with any of the settings, as learning_rate: 0.01; flags win.",
      valueName: "file"), completion: .file())
  var config: String?

  @OptionGroup(title: "Settings")
  var settings: SettingOptions<OneTraining>

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
    merged.merge(flags)
    return merged
  }

  /// The settings that were given as flags.
  var flags: TrainingSettings { settings.given }
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
