import Data
import Features
import Foundation
import Support

/// Encoded rows that are collected in memory, by part. Those beyond a bound go into files that have no
/// name from the moment they are mapped, so that the system takes them away with the process, however
/// that ends.
package final class MemoryRows {
  /// The bytes of a part's rows that become a segment.
  private static let segmentSize = 16 << 20
  /// A log whose first block has fewer rows is not made room for.
  private static let few = 4096

  private let encoder: FeatureEncoder
  private let limit: Int
  private let folder: String
  private var parts: [Part]
  private var isLabelled = true
  private var used = 0
  /// How many rows the split has left out.
  package private(set) var leftOut = 0
  /// The bytes of rows that are in files.
  package private(set) var spilled = 0

  private struct Part {
    let pending: RowBuffer
    var segments: [Segment] = []
    var statistics: [FieldStatistics]
  }

  /// - Parameters:
  ///   - limit: the most bytes of rows to keep in memory, beside 16 MiB a part.
  ///   - folder: where the others go.
  package init(_ encoder: FeatureEncoder, limit: Int = .max, spillingTo folder: String) {
    (self.encoder, self.limit, self.folder) = (encoder, limit, folder)
    parts = DataSplit.Part.allCases.map { _ in
      Part(
        pending: RowBuffer(slots: encoder.layout.slots, encoder.rowKind),
        statistics: encoder.noStatistics)
    }
  }

  /// Takes a block's rows.
  /// - Throws: ``UserError`` for a disk that is full.
  package func append(_ block: EncodedBlock) throws {
    for (index, part) in block.parts.enumerated() where part.rows.count > 0 {
      if parts[index].pending.count == 0 && part.rows.count > Self.few {
        let row = encoder.rowKind.size(slots: encoder.layout.slots)
        parts[index].pending.reserve(Self.segmentSize / row + 2 * part.rows.count)
      }
      parts[index].pending.append(0..<part.rows.count, of: part.rows)
      for field in part.statistics.indices {
        parts[index].statistics[field].merge(part.statistics[field])
      }
      if parts[index].pending.size >= Self.segmentSize { try seal(index) }
    }
    leftOut += block.leftOut
    isLabelled = isLabelled && block.isLabelled
  }

  /// The rows of a part; nothing can be appended afterwards.
  package func dataset(_ part: DataSplit.Part) -> Dataset {
    let index = DataSplit.Part.allCases.firstIndex(of: part)!
    if parts[index].pending.count > 0 { keep(index) }
    return Dataset(
      layout: encoder.layout, kind: encoder.rowKind, segments: parts[index].segments,
      isLabelled: isLabelled, statistics: parts[index].statistics)
  }

  private func seal(_ index: Int) throws {
    let size = parts[index].pending.size
    guard used + size > limit else {
      keep(index)
      return
    }
    let name = String(UInt64.random(in: 0...(.max)), radix: 16)
    let path = "\(folder)/.rows.\(name)\(AtomicFile.temporarySuffix)"
    defer { unlink(path) }
    let rows = parts[index].pending
    try ShardFile.write(rows, encoder: 0, to: path)
    let shard = try MappedShard(path, slots: rows.slots, rows.kind, encoder: 0)
    parts[index].segments.append(shard.segment)
    spilled += size
    rows.removeAll()
  }

  private func keep(_ index: Int) {
    let rows = parts[index].pending
    used += rows.size
    parts[index].segments.append(rows.segment(of: 0..<rows.count))
    rows.removeAll()
  }
}
