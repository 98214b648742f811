import Data

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
  private var buffers: [PartBuffer]
  private(set) var progress: StagingFolder.Progress

  /// The rows of a part that are in no shard yet.
  private final class PartBuffer {
    var rows: RowBuffer
    init(slots: Int, _ kind: RowKind, rows count: Int) {
      rows = RowBuffer(slots: slots, kind)
      rows.reserve(count)
    }
  }

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
      PartBuffer(slots: encoder.layout.slots, encoder.rowKind, rows: rows)
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
    if buffers.reduce(0, { $0 + $1.rows.size }) >= limit {
      try flush(next: place, after: rejection)
    }
    var row = 0
    while row < block.parts.count {
      let part = block.parts[row]
      let end = block.parts[row...].firstIndex { $0 != part } ?? block.parts.count
      buffers[Int(part)].rows.append(row..<end, of: block.rows)
      row = end
    }
    progress.leftOut += block.leftOut
  }

  /// Writes what is left.
  func finish(_ rejection: (RejectedRows.State, StagedQuarantine.State?)) throws {
    try flush(next: nil, after: rejection)
  }

  private func flush(
    next place: BlockPlace?, after rejection: (RejectedRows.State, StagedQuarantine.State?)
  ) throws {
    for (index, part) in DataSplit.Part.allCases.enumerated() where buffers[index].rows.count > 0 {
      let number = "\(progress.parts[index].shards.count)"
      let name =
        part.rawValue + "/" + String(repeating: "0", count: max(5 - number.count, 0)) + number
        + ".shard"
      try folder.makeFolder(part)
      try ShardFile.write(buffers[index].rows, encoder: hash, to: folder.path + "/" + name)
      add(buffers[index].rows, to: index)
      progress.parts[index].shards.append(
        DatasetManifest.ShardRecord(file: name, rows: buffers[index].rows.count))
      buffers[index].rows.removeAll()
    }
    progress.place = place
    progress.isDone = place == nil
    (progress.rejection, progress.quarantine) = rejection
    try folder.keep(progress)
  }

  /// Adds rows to a part's counts.
  private func add(_ rows: borrowing RowBuffer, to part: Int) {
    progress.parts[part].rows += rows.count
    for row in 0..<rows.count where rows.labels.base[row] > 0 { progress.parts[part].clicks += 1 }
    // Ids that are no field's are never met: −2 stands for a kind of row that the field has not.
    let slots = encoder.layout.slotFields
    let unknown = slots.map { encoder.fields[$0].unknownID ?? -2 }
    let missing = slots.map { encoder.fields[$0].missingID }
    var counts = [SIMD2<Int>](repeating: .zero, count: slots.count)
    for row in 0..<rows.count {
      let ids = rows.ids.base + row * slots.count
      for slot in 0..<slots.count {
        counts[slot] &+= SIMD2(
          ids[slot] == unknown[slot] ? 1 : 0, ids[slot] == missing[slot] ? 1 : 0)
      }
    }
    for (slot, field) in slots.enumerated() {
      progress.parts[part].statistics[field].unknown += counts[slot].x
      progress.parts[part].statistics[field].missing += counts[slot].y
    }
  }
}
