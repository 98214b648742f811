import Features
import Support
import Training

/// A way to train that an experiment compares: a model with its settings.
public struct Variant: Sendable, Codable, Hashable {
  /// What tables call it.
  public let name: String
  /// The settings that differ from those of its neighbours in a study, as they are written.
  public let point: [Choice]
  /// The settings in force, but for the seed.
  public let configuration: TrainingConfiguration

  /// A setting with the value it was given.
  public struct Choice: Sendable, Codable, Hashable {
    public let key: String
    public let value: String

    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  public init(
    name: String, point: [Choice] = [], configuration: TrainingConfiguration
  ) {
    self.name = name
    self.point = point
    self.configuration = configuration
  }
}

/// A run that an experiment needs.
public struct RunRequest: Sendable, Hashable {
  public let variant: Variant
  public let seed: UInt64
  /// The device as it was asked for, for instance `cpu`.
  public let device: String

  public init(_ variant: Variant, seed: UInt64, device: String) {
    self.variant = variant
    self.seed = seed
    self.device = device
  }

  /// The settings in force.
  public var configuration: TrainingConfiguration {
    var configuration = variant.configuration
    configuration.seed = seed
    return configuration
  }
}

/// What decides a run's outcome, and so whether a finished one can stand for it.
public struct RunIdentity: Sendable, Codable, Hashable {
  /// All settings with their values.
  public let configuration: TrainingConfiguration
  /// The hash of the rows.
  public let data: String
  /// The device and its driver.
  public let backend: String

  /// A short hash, for a folder's name.
  public var digest: String {
    let text = [configuration.yaml, data, backend].joined(separator: "\n")
    let hash = Array(text.utf8).withUnsafeBytes { XXH64.hash($0) }
    let digits = String(hash, radix: 16)
    return String((String(repeating: "0", count: 16 - digits.count) + digits).prefix(10))
  }
}

/// A run that is finished, and where everything about it is.
public struct FinishedRun: Sendable {
  public let request: RunRequest
  /// The folder's name under the experiment's `runs`.
  public let folder: String
  public let summary: RunSummary
}
