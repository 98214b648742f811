import Features
import Foundation
import Support
import Training

/// What an experiment was asked for and which runs it has: the content of its `experiment.json`, from
/// which with the runs' folders every report can be made again.
package struct ExperimentRecord: Sendable, Codable {
  /// What the runs were made for.
  package enum Kind: String, Sendable, Codable {
    /// To compare models.
    case compare
    /// To see what settings do.
    case study
  }

  /// A device as it was asked for, and what it is.
  package struct Device: Sendable, Codable, Hashable {
    package let name: String
    package let description: String

    package init(name: String, description: String) {
      self.name = name
      self.description = description
    }
  }

  /// A run, and whose it is.
  package struct Run: Sendable, Codable, Hashable {
    package let variant: String
    package let seed: UInt64
    package let device: String
    /// Its folder under `runs`.
    package let folder: String
  }

  /// A run that came to nothing.
  package struct Failure: Sendable, Codable, Hashable {
    package let variant: String
    package let seed: UInt64
    package let device: String
    package let reason: String
  }

  package var kind: Kind
  package var title: String
  /// The words of the command that made it.
  package var command: [String]
  package var data: DataDescription
  /// Whom the others are tested against; nil for nobody.
  package var champion: String?
  package var variants: [Variant]
  package var seeds: [UInt64]
  package var devices: [Device]
  package var runs: [Run] = []
  package var failures: [Failure] = []
  /// The runs that are still to be made.
  package var missing = 0
  /// What a study varied; nil for a comparison.
  package var study: StudyRecord?

  package init(
    kind: Kind, title: String, command: [String], data: DataDescription, champion: String? = nil,
    variants: [Variant], seeds: [UInt64], devices: [Device], study: StudyRecord? = nil
  ) {
    (self.kind, self.title, self.command, self.data) = (kind, title, command, data)
    (self.champion, self.variants, self.seeds) = (champion, variants, seeds)
    (self.devices, self.study) = (devices, study)
  }

  /// All runs that are wanted: one seed after the other, so that an early end leaves whole pairs.
  package var requests: [RunRequest] {
    seeds.flatMap { seed in
      devices.flatMap { device in
        variants.map { RunRequest($0, seed: seed, device: device.name) }
      }
    }
  }

  /// Takes what has come out so far.
  package mutating func take(_ outcome: ExperimentOutcome, of wanted: Int) {
    runs = outcome.finished.map {
      Run(
        variant: $0.request.variant.name, seed: $0.request.seed, device: $0.request.device,
        folder: $0.folder)
    }
    failures = outcome.failed.map {
      Failure(
        variant: $0.request.variant.name, seed: $0.request.seed, device: $0.request.device,
        reason: $0.reason)
    }
    missing = wanted - runs.count - failures.count
  }

  private static func path(in folder: String) -> String { folder + "/experiment.json" }

  /// Whether a folder holds an experiment.
  package static func exists(in folder: String) -> Bool {
    FileManager.default.fileExists(atPath: path(in: folder))
  }

  /// Writes the record into the experiment's folder.
  package func write(to folder: String) throws {
    try AtomicFile.write(JSONText.record(self), to: Self.path(in: folder))
  }

  /// Reads an experiment's record.
  ///
  /// - Throws: `UserError` where the folder holds none.
  package init(folder: String) throws {
    let path = Self.path(in: folder)
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UserError(
        path, found: "no readable file", expected: "an experiment's record",
        remedy: "name the folder that deepfm compare or deepfm study wrote")
    }
    do {
      self = try JSONText.decode(Self.self, from: data)
    } catch {
      throw UserError(
        path, found: "something else", expected: "an experiment's record",
        remedy: "run the same command again: finished runs are kept")
    }
  }
}
