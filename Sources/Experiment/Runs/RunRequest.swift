import Features
import Support
import Training

/// A run that an experiment needs.
package struct RunRequest: Sendable, Hashable {
  package let variant: Variant
  package let seed: UInt64
  /// The device as it was asked for, for instance `cpu`.
  package let device: String

  package init(_ variant: Variant, seed: UInt64, device: String) {
    self.variant = variant
    self.seed = seed
    self.device = device
  }

  /// The settings in force.
  package var configuration: TrainingConfiguration {
    var configuration = variant.configuration
    configuration.seed = seed
    return configuration
  }
}

/// What decides a run's outcome, and so whether a finished one can stand for it.
package struct RunIdentity: Sendable, Codable, Hashable {
  /// All settings with their values.
  package let configuration: TrainingConfiguration
  /// The hash of the rows.
  package let data: String
  /// The device and its driver.
  package let backend: String

  /// A short hash, for a folder's name.
  package var digest: String {
    let text = [configuration.yaml, data, backend].joined(separator: "\n")
    let hash = Array(text.utf8).withUnsafeBytes { XXH64.hash($0) }
    let digits = String(hash, radix: 16)
    return String((String(repeating: "0", count: 16 - digits.count) + digits).prefix(10))
  }
}

/// A run that is finished, and where everything about it is.
package struct FinishedRun: Sendable {
  package let request: RunRequest
  /// The folder's name under the experiment's `runs`.
  package let folder: String
  package let summary: RunSummary
}
