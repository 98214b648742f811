import Data
import Features
import Foundation
import Logs
import Support

/// What an encoded dataset is: how it was asked for, what it was made of, and what it holds.
///
/// Written as JSON with sorted keys. Nothing in it depends on the time or the machine it was made on
/// but the inputs' paths and times of change.
package struct DatasetManifest: Codable, Sendable, Hashable {
  /// The version of the folder's layout.
  package static let version = 1
  /// The manifest's name in its folder.
  package static let file = "manifest.json"

  /// The version it was written by.
  package var version = Self.version
  /// The schema as it was given, before its gaps were filled.
  package var schema: Schema
  /// How rows became parts; nil where all rows of a log go to its own part.
  package var split: DataSplit?
  /// The logs, in the order they were read.
  package var inputs: [InputFile]
  /// The hash of the file that holds the encoder, in hexadecimal.
  package var encoder = ""
  /// What each part holds; a part without rows is not listed.
  package var parts: [PartRecord] = []
  /// Rows that could not be read, and rows that the split leaves out.
  package var rejected = 0
  package var leftOut = 0

  enum CodingKeys: String, CodingKey {
    case version, schema, split, inputs, encoder, parts, rejected
    case leftOut = "left_out"
  }

  /// One part of an encoded dataset.
  package struct PartRecord: Codable, Sendable, Hashable {
    /// Which part.
    package var part: DataSplit.Part
    /// The number of rows, and of those with a click.
    package var rows = 0
    package var clicks = 0
    /// What each field held.
    package var statistics: [FieldStatistics]
    /// Its shards in the order of their rows.
    package var shards: [ShardRecord] = []
  }

  /// One shard.
  package struct ShardRecord: Codable, Sendable, Hashable {
    /// Its path in the folder.
    package var file: String
    /// The number of rows.
    package var rows: Int
  }

  /// The record of a part.
  package func part(_ part: DataSplit.Part) -> PartRecord? { parts.first { $0.part == part } }

  /// Reads a manifest.
  /// - Throws: ``UserError`` for what is no manifest, or is of another version.
  init(contentsOf path: String) throws {
    func refuse(_ found: String, _ remedy: String) -> UserError {
      UserError(path, found: found, expected: "the manifest of an encoded dataset", remedy: remedy)
    }
    let data = try MappedFile(path, expected: "the manifest of an encoded dataset").withBytes {
      Data($0)
    }
    struct Version: Decodable { var version: Int }
    let decoder = JSONDecoder()
    guard let version = try? decoder.decode(Version.self, from: data).version else {
      throw refuse("something else", "encode the log again with --rebuild")
    }
    guard version == Self.version else {
      throw refuse("version \(version)", "update deepfm, or encode the log again with --rebuild")
    }
    do {
      self = try decoder.decode(Self.self, from: data)
    } catch {
      throw refuse("a manifest that cannot be read", "encode the log again with --rebuild")
    }
  }

  /// Writes the manifest, whole or not at all.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try AtomicFile.write(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: path)
  }

  init(schema: Schema, split: DataSplit?, inputs: [InputFile]) {
    (self.schema, self.split, self.inputs) = (schema, split, inputs)
  }
}

extension DatasetManifest {
  /// What differs between what was asked for then and now; empty if nothing does.
  ///
  /// - Parameter now: asked for now, its inputs without hashes.
  /// - Throws: ``UserError`` for an input that cannot be read.
  func changes(to now: DatasetManifest, since encoded: Int64) throws -> [String] {
    var changes: [String] = []
    if schema != now.schema { changes.append(try schema.firstDifference(to: now.schema)) }
    if split != now.split {
      let texts = [split, now.split].map { $0.map { "\($0)" } ?? "none" }
      changes.append("the split was \(texts[0]), now \(texts[1])")
    }
    if inputs.map(\.path) != now.inputs.map(\.path) {
      let (gone, new) = (
        Set(inputs.map(\.path)).subtracting(now.inputs.map(\.path)).sorted(),
        Set(now.inputs.map(\.path)).subtracting(inputs.map(\.path)).sorted()
      )
      changes.append(
        gone.isEmpty && new.isEmpty
          ? "the logs are in another order"
          : [
            gone.isEmpty ? nil : "without \(listed(gone))",
            new.isEmpty ? nil : "with \(listed(new))",
          ]
          .compactMap(\.self).joined(separator: ", "))
    } else {
      for (before, after) in zip(inputs, now.inputs) {
        if let change = try before.change(to: after, since: encoded) { changes.append(change) }
      }
    }
    return changes
  }
}

extension Schema {
  /// Where another schema first differs, for a person to read.
  fileprivate func firstDifference(to other: Schema) throws -> String {
    func lines(_ schema: Schema) throws -> [String] {
      try schema.yaml().split(separator: "\n").map { $0.drop { $0 == " " }.description }
    }
    let (before, after) = (try lines(self), try lines(other))
    let at =
      zip(before, after).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      ?? min(before.count, after.count)
    func line(_ lines: [String]) -> String { at < lines.count ? quoted(lines[at]) : "nothing" }
    return "the schema had \(line(before)), now \(line(after))"
  }
}
