import Features
import Foundation
import Logs
import Support

/// Where a dataset is made: a folder beside its place, which takes the name when all is there. What
/// an interrupted run left in it is taken up again by the next one that asks for the same.
final class StagingFolder {
  /// What the encoding pass has behind it: everything before ``place`` is in whole shards.
  struct Progress: Codable {
    /// Where the next block begins; nil before the first and behind the last.
    var place: BlockPlace?
    var isDone = false
    var parts: [DatasetManifest.PartRecord] = []
    var leftOut = 0
    /// What became of the rows before ``place``, and what is kept of those that could not be read.
    var rejection = RejectedRows.State()
    var quarantine: StagedQuarantine.State?
  }

  /// Whether an earlier run's work is there to be taken up.
  private(set) var isResumed = false
  private let staged: StagedFolder

  /// Where it is.
  var path: String { staged.path }

  /// Makes the folder, or takes up what is there if it was asked for in the same way.
  ///
  /// - Throws: ``UserError`` where it cannot be made, or another process is at work in it.
  init(for target: String, _ manifest: DatasetManifest) throws {
    staged = try StagedFolder(for: target, keepsContents: true)
    let job = path + "/job.json"
    if access(job, F_OK) == 0, let before = try? DatasetManifest(contentsOf: job),
      try before.changes(to: manifest, since: InputFile.lastChange(of: job)).isEmpty
    {
      isResumed = true
      AtomicFile.removeUnfinished(below: path)
    } else {
      staged.removeContents()
      try manifest.write(to: job)
    }
  }

  /// Takes the folder away where nothing is in it that would be taken up again.
  func discardUnlessBegun() {
    let work = ["counts.json", DatasetFolder.encoderFile, "progress.json"]
    guard work.allSatisfy({ access(path + "/" + $0, F_OK) != 0 }) else { return }
    staged.discard()
  }

  /// The progress of the encoding pass, the shards it speaks of held against their checksums; none
  /// where there is none.
  func progress(_ encoder: FeatureEncoder, hash: String) -> Progress? {
    guard let data = FileManager.default.contents(atPath: path + "/progress.json"),
      let progress = try? JSONDecoder().decode(Progress.self, from: data)
    else { return nil }
    for part in progress.parts {
      for shard in part.shards {
        // One at a time: mapped pages count as memory of this process.
        var one = part
        one.shards = [shard]
        guard
          let mapped = try? DatasetFolder.map(one, in: path, encoder: encoder, hash: hash),
          (try? mapped[0].verify(features: encoder.layout.features)) != nil
        else { return nil }
      }
    }
    if let kept = progress.quarantine {
      guard (try? StagedQuarantine(in: path, from: kept)) != nil else { return nil }
    }
    return progress
  }

  /// Keeps the progress of the encoding pass.
  func keep(_ progress: Progress) throws { try write(progress, "progress.json") }

  /// Keeps, or finds, the rows of each block.
  func keep(_ counts: RowCounts) throws { try write(counts, "counts.json") }
  var counts: RowCounts? {
    FileManager.default.contents(atPath: path + "/counts.json")
      .flatMap { try? JSONDecoder().decode(RowCounts.self, from: $0) }
  }

  /// Makes the folder of a part.
  func makeFolder(_ part: DataSplit.Part) throws { try staged.makeFolder(part.rawValue) }

  /// Writes the manifest and lets the folder take the place of what was there.
  ///
  /// - Throws: ``UserError`` with the system's reason; what was there before is then untouched.
  func finish(_ manifest: DatasetManifest) throws {
    for part in manifest.parts {
      for shard in part.shards { AtomicFile.synchronize(path + "/" + shard.file) }
      AtomicFile.synchronize(path + "/" + part.part.rawValue)
    }
    try manifest.write(to: path + "/" + DatasetManifest.file)
    for name in ["job.json", "progress.json", "counts.json"] + StagedQuarantine.names {
      unlink(path + "/" + name)
    }
    try staged.takePlace()
  }

  private func write(_ value: some Encodable, _ name: String) throws {
    let coder = JSONEncoder()
    coder.outputFormatting = .sortedKeys
    let data = try coder.encode(value)
    try AtomicFile.write(to: path + "/" + name, synchronized: false) { file in
      try data.withUnsafeBytes(file.append)
    }
  }
}
