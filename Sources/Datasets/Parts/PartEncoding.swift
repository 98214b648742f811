import Data
import Features
import Foundation
import Logs
import Support

/// Encoding in parts, by whatever runs commands on many machines: each part of the training logs is counted by
/// itself, the counts are added up to the encoder, each part is encoded by it, and the folders are joined. The
/// encoder is the same, byte for byte, as that of one run over all training logs, and so are the rows; only where
/// shards end is another matter.
package enum PartEncoding {
  /// Counts what an encoder is made of in some training logs.
  ///
  /// - Parameters:
  ///   - encoding: the logs, with threads and memory.
  ///   - schema: that of all parts; its gaps are filled by looking at these logs.
  ///   - path: the file to write.
  /// - Returns: how many rows there were.
  /// - Throws: `UserError` for a row that is not to be passed over, and for a file that cannot be written.
  package static func count(
    _ encoding: inout LogEncoding, _ schema: Schema, rejecting policy: RejectionPolicy,
    to path: String
  ) throws -> Int {
    try AtomicFile(path: path).discard()
    let completed = try schema.completed(from: encoding.sources.map(\.source))
    let rejected = try RejectedRows(policy)
    let pass = try encoding.tally(completed.0, nil, rejecting: rejected)
    try rejected.finish()
    let rows = encoding.timings.last?.rows ?? 0
    try TallyFile.write(pass, notes: completed.1, rows: rows, to: path)
    return rows
  }

  /// Makes the encoder of what the parts have counted.
  ///
  /// - Returns: the encoder, and how many rows were counted.
  /// - Throws: `UserError` where the parts have different schemas, and as ``FitPass/encoder(notes:)``.
  package static func merge(
    _ paths: [String], vocabularyMemory: Int, to path: String
  ) throws -> (FeatureEncoder, rows: Int) {
    try AtomicFile(path: path).discard()
    guard let first = try paths.first.map(TallyFile.init) else { preconditionFailure("no parts") }
    let counter = ValueCounter(
      first.header.schema, memoryLimit: vocabularyMemory, spillingTo: TemporaryFolder.path)
    let pass = FitPass(schema: first.header.schema, counter: counter)
    var rows = 0
    for path in paths {
      let file = try TallyFile(path)
      guard file.header.schema == first.header.schema else {
        throw UserError(
          path, found: "another schema than that of \(first.path)", expected: "one for all parts",
          remedy: "count all parts with one schema without gaps: deepfm schema infer writes one")
      }
      try file.add(to: pass)
      rows += file.header.rows
    }
    guard rows > 0 else { throw UserError.noTrainingRows }
    let encoder = try pass.encoder(notes: first.header.notes)
    try AtomicFile.write(to: path) { file in try encoder.writeJSON(file.append) }
    return (encoder, rows)
  }

  /// Joins folders that were encoded by one encoder into one: their rows one after the other, in the order given. The
  /// shards are linked, not copied, where the file system can.
  ///
  /// - Parameters:
  ///   - paths: the folders.
  ///   - target: the folder to make.
  ///   - replaces: whether a dataset that is there may be replaced.
  /// - Throws: `UserError` for a folder that is damaged, or of another encoder.
  package static func join(
    _ paths: [String], to target: String, replaces: Bool
  ) throws -> DatasetManifest {
    let folders = try paths.map { try DatasetFolder($0) }
    let isThere = access(target, F_OK) == 0
    let isDataset = access("\(target)/\(DatasetManifest.file)", F_OK) == 0
    guard !isThere || (replaces && isDataset) else {
      throw UserError(
        target, found: isDataset ? "an encoded dataset" : "something else",
        expected: "a name for a new folder",
        remedy: "choose another one" + (isDataset ? ", or replace it with --rebuild" : ""))
    }
    var manifest = DatasetManifest(schema: folders[0].manifest.schema, split: nil, inputs: [])
    manifest.encoder = folders[0].manifest.encoder
    let staged = try StagedFolder(for: target)
    do {
      try copy("\(paths[0])/\(DatasetFolder.encoderFile)", to: staged.path)
      for folder in folders { try add(folder, to: &manifest, in: staged, first: folders[0]) }
      manifest.parts = DataSplit.Part.allCases.compactMap(manifest.part)
      try manifest.write(to: "\(staged.path)/\(DatasetManifest.file)")
      try staged.takePlace()
    } catch {
      staged.discard()
      throw error
    }
    return manifest
  }

  private static func add(
    _ folder: DatasetFolder, to manifest: inout DatasetManifest, in staged: StagedFolder,
    first: DatasetFolder
  ) throws {
    guard folder.manifest.encoder == manifest.encoder else {
      throw UserError(
        folder.path, found: "rows of another encoder than those of \(first.path)",
        expected: "one for all", remedy: "apply one encoder to every part")
    }
    manifest.inputs += folder.manifest.inputs
    manifest.rejected += folder.manifest.rejected
    manifest.leftOut += folder.manifest.leftOut
    for part in folder.manifest.parts {
      let place =
        manifest.parts.firstIndex { $0.part == part.part }
        ?? {
          manifest.parts.append(
            DatasetManifest.PartRecord(
              part: part.part, statistics: folder.encoder.noStatistics))
          return manifest.parts.count - 1
        }()
      manifest.parts[place].rows += part.rows
      manifest.parts[place].clicks += part.clicks
      for field in part.statistics.indices {
        manifest.parts[place].statistics[field].merge(part.statistics[field])
      }
      try staged.makeFolder(part.part.rawValue)
      for shard in part.shards {
        let name = ShardWriter.name(part.part, manifest.parts[place].shards.count)
        try link("\(folder.path)/\(shard.file)", to: "\(staged.path)/\(name)")
        manifest.parts[place].shards.append(
          DatasetManifest.ShardRecord(file: name, rows: shard.rows))
      }
    }
  }

  private static func link(_ file: String, to path: String) throws {
    let whole = realpath(file, nil).map { pointer in
      defer { free(pointer) }
      return String(cString: pointer)
    }
    if Glibc.link(whole ?? file, path) == 0 { return }
    do {
      try FileManager.default.copyItem(atPath: file, toPath: path)
    } catch {
      throw UserError(
        path, found: "a shard that cannot be copied (\(error.localizedDescription))",
        expected: "room for it", remedy: "make room, or join on the disk that has the parts")
    }
    AtomicFile.synchronize(path)
  }

  private static func copy(_ file: String, to folder: String) throws {
    let data = try MappedFile(file, expected: "the encoder of a dataset").withBytes { Data($0) }
    try AtomicFile.write(to: "\(folder)/\(DatasetFolder.encoderFile)") { target in
      try data.withUnsafeBytes(target.append)
    }
  }
}
