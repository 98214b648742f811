import Data
import Features
import Foundation
import Logs
import Support

/// An encoded dataset on disk.
///
/// | file | content |
/// |---|---|
/// | `manifest.json` | what it is made of and what it holds, see ``DatasetManifest`` |
/// | `encoder.json` | the encoder that gave the ids, to be kept with a model |
/// | `train/00000.shard`, … | the rows of a part; likewise `valid`, `test` |
///
/// The folder is whole or not there: it is made beside its place and takes the name at the end.
package struct DatasetFolder: Sendable {
  static let encoderFile = "encoder.json"

  /// Where it is.
  package let path: String
  /// What it holds.
  package let manifest: DatasetManifest
  /// The encoder that gave the ids.
  package let encoder: FeatureEncoder
  private let shards: [DataSplit.Part: [MappedShard]]

  /// Opens a dataset: maps its shards and, unless told otherwise, holds every byte against its
  /// checksum, on as many threads as there are cores.
  ///
  /// - Parameter verify: false to check headers only, where reading it all takes too long.
  /// - Throws: ``UserError`` for a folder that is none, a file that is missing, damaged or of
  ///   another encoding.
  package init(_ path: String, verify: Bool = true) throws {
    self.path = path
    let manifestPath = path + "/" + DatasetManifest.file
    guard access(path, F_OK) != 0 || access(manifestPath, F_OK) == 0 else {
      throw UserError(
        path, found: "no \(DatasetManifest.file) in it", expected: "an encoded dataset",
        remedy: "make one with deepfm encode")
    }
    manifest = try DatasetManifest(contentsOf: manifestPath)
    (encoder, _) = try Self.readEncoder(in: path, hash: manifest.encoder)
    var shards: [DataSplit.Part: [MappedShard]] = [:]
    for part in manifest.parts {
      shards[part.part] = try Self.map(part, in: path, encoder: encoder, hash: manifest.encoder)
    }
    self.shards = shards
    if verify { try self.verify() }
  }

  /// A part's rows, mapped; nil where there are none.
  package func rows(_ part: DataSplit.Part) -> Dataset? {
    guard let record = manifest.part(part), let shards = shards[part] else { return nil }
    return Dataset(
      layout: encoder.layout, segments: shards.map(\.segment), isLabelled: true,
      statistics: record.statistics)
  }

  /// Holds every byte of every shard against its checksum.
  /// - Throws: ``UserError`` for the first shard that is damaged.
  package func verify() throws {
    let all = DataSplit.Part.allCases.flatMap { shards[$0] ?? [] }
    var next = 0
    _ = try OrderedWork.run(
      threads: min(Processors.count, max(all.count, 1)),
      ahead: all.count,
      next: {
        defer { next += 1 }
        return next < all.count ? all[next] : nil
      }, worker: {},
      work: { [encoder] shard, _ in try shard.verify(features: encoder.layout.features) },
      collect: {})
  }

  /// What has changed in the logs since they were encoded: those that are still there are looked at.
  package func changedInputs() -> [String] {
    let encoded = InputFile.lastChange(of: path + "/" + DatasetManifest.file)
    return manifest.inputs.compactMap { input in
      guard input.modified != 0, let now = try? InputFile(.file(input.path), part: input.part)
      else { return nil }
      return try? input.change(to: now, since: encoded)
    }
  }

  /// Reads the encoder of a folder and the hash of its file.
  static func readEncoder(
    in folder: String, hash expected: String? = nil
  ) throws -> (FeatureEncoder, hash: String) {
    try readEncoder(folder + "/" + encoderFile, hash: expected)
  }

  /// Reads the file of an encoder and tells the hash of its bytes.
  package static func readEncoder(
    _ path: String, hash expected: String? = nil
  ) throws -> (FeatureEncoder, hash: String) {
    let data = try MappedFile(path, expected: "the encoder of a dataset").withBytes { Data($0) }
    let hash = hexadecimal(data.withUnsafeBytes { XXH64.hash($0) })
    guard expected == nil || expected == hash else {
      throw UserError(
        path, found: "bytes that do not match their checksum", expected: "an undamaged encoder",
        remedy: "copy the folder again, or encode the log again with --rebuild")
    }
    do {
      return (try JSONDecoder().decode(FeatureEncoder.self, from: data), hash)
    } catch {
      throw UserError(
        path, found: "an encoder that cannot be read", expected: "the encoder of a dataset",
        remedy: "update deepfm, or encode the log again with --rebuild")
    }
  }

  /// Writes an encoder; returns the hash of its file.
  static func write(_ encoder: FeatureEncoder, in folder: String) throws -> String {
    var hash = XXH64()
    try AtomicFile.write(to: folder + "/" + encoderFile) { file in
      try encoder.writeJSON { piece in
        hash.add(piece)
        try file.append(piece)
      }
    }
    return hexadecimal(hash.value)
  }

  /// Maps the shards of a part and checks their headers.
  static func map(
    _ part: DatasetManifest.PartRecord, in folder: String, encoder: FeatureEncoder, hash: String
  ) throws -> [MappedShard] {
    try part.shards.map { record in
      guard record.file == "\(part.part.rawValue)/\(record.file.split(separator: "/").last ?? "")"
      else {
        throw UserError(
          folder + "/" + DatasetManifest.file, found: "a shard at \(quoted(record.file))",
          expected: "a file of the folder \(part.part.rawValue)",
          remedy: "copy the folder again, or encode the log again with --rebuild")
      }
      let shard = try MappedShard(
        folder + "/" + record.file, slots: encoder.layout.slots, encoder.rowKind,
        encoder: UInt64(hash, radix: 16) ?? 0)
      guard shard.shard.rows == record.rows else {
        throw UserError(
          folder + "/" + record.file, found: "\(shard.shard.rows) rows",
          expected: "\(record.rows), as the manifest says",
          remedy: "copy the folder again, or encode the log again with --rebuild")
      }
      return shard
    }
  }
}
