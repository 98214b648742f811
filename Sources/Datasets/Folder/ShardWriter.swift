import Data
import Features
import Logs

/// Collects encoded rows by part, and writes them as shards.
///
/// All parts end a shard at the same row of the log, so that work can be taken up there.
final class ShardWriter {
  /// The bytes of rows that are collected before shards are written.
  static let limit = 64 << 20

  private let folder: StagingFolder
  private let encoder: FeatureEncoder
  private let hash: UInt64
  private let limit: Int
  private let buffers: [RowBuffer]
  private(set) var progress: StagingFolder.Progress

  init(
    _ folder: StagingFolder, _ encoder: FeatureEncoder, hash: String, limit: Int,
    resuming progress: StagingFolder.Progress?
  ) {
    self.folder = folder
    self.encoder = encoder
    self.limit = limit
    self.hash = UInt64(hash, radix: 16) ?? 0
    // A block more than the limit, and an eighth of it if rows become far shorter by encoding.
    let rows = limit * 9 / 8 / encoder.rowKind.size(slots: encoder.layout.slots)
    buffers = DataSplit.Part.allCases.map { _ in
      let buffer = RowBuffer(slots: encoder.layout.slots, encoder.rowKind)
      buffer.reserve(rows)
      return buffer
    }
    self.progress =
      progress
      ?? StagingFolder.Progress(
        parts: DataSplit.Part.allCases.map { part in
          DatasetManifest.PartRecord(
            part: part,
            statistics: encoder.noStatistics)
        })
  }

  /// Takes a block's rows.
  ///
  /// - Parameters:
  ///   - place: where the block begins.
  ///   - rejection: what had become of the rows before it, and what is kept of them.
  func append(
    _ block: EncodedBlock, at place: BlockPlace,
    after rejection: (RejectedRows.State, StagedQuarantine.State?)
  ) throws {
    if buffers.reduce(0, { $0 + $1.size }) >= limit {
      try flush(next: place, after: rejection)
    }
    for (index, part) in block.parts.enumerated() where part.rows.count > 0 {
      buffers[index].append(0..<part.rows.count, of: part.rows)
      progress.parts[index].rows += part.rows.count
      progress.parts[index].clicks += part.clicks
      for field in part.statistics.indices {
        progress.parts[index].statistics[field].merge(part.statistics[field])
      }
    }
    progress.leftOut += block.leftOut
  }

  /// Writes what is left.
  func finish(_ rejection: (RejectedRows.State, StagedQuarantine.State?)) throws {
    try flush(next: nil, after: rejection)
  }

  /// Where in the folder a part's shard of a number is.
  static func name(_ part: DataSplit.Part, _ number: Int) -> String {
    let text = "\(number)"
    return part.rawValue + "/" + String(repeating: "0", count: max(5 - text.count, 0)) + text
      + ".shard"
  }

  private func flush(
    next place: BlockPlace?, after rejection: (RejectedRows.State, StagedQuarantine.State?)
  ) throws {
    for (index, part) in DataSplit.Part.allCases.enumerated() where buffers[index].count > 0 {
      let name = Self.name(part, progress.parts[index].shards.count)
      try folder.makeFolder(part)
      try ShardFile.write(buffers[index], encoder: hash, to: folder.path + "/" + name)
      progress.parts[index].shards.append(
        DatasetManifest.ShardRecord(file: name, rows: buffers[index].count))
      buffers[index].removeAll()
    }
    progress.place = place
    progress.isDone = place == nil
    (progress.rejection, progress.quarantine) = rejection
    try folder.keep(progress)
  }
}
