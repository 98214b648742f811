import Data
import Features
import Logs
import Synchronization

/// The encoded rows of one block of a log. Its memory is used again for later blocks: see ``done()``.
package final class EncodedBlock {
  /// The rows of one part of a split, in their order.
  package final class Part {
    package let rows: RowBuffer
    /// What their fields held.
    package fileprivate(set) var statistics: [FieldStatistics]
    /// How many of them are clicks.
    package fileprivate(set) var clicks = 0
    /// The texts of the columns that are kept beside them.
    package fileprivate(set) var kept: KeptText

    fileprivate init(_ encoder: FeatureEncoder, kept: Int) {
      self.kept = KeptText(columns: kept)
      rows = RowBuffer(slots: encoder.layout.slots, encoder.rowKind)
      statistics = encoder.noStatistics
    }
  }

  /// Train, valid and test rows.
  package let parts: [Part]
  /// How many rows the split leaves out.
  package fileprivate(set) var leftOut = 0
  /// The numbers of the rows that could not be read, counted over all sources.
  package fileprivate(set) var rejected: [Int] = []
  /// Whether every row has a label.
  package fileprivate(set) var isLabelled = true
  private let pool: EncodedBlocks

  fileprivate init(_ encoder: FeatureEncoder, _ pool: EncodedBlocks) {
    self.pool = pool
    parts = DataSplit.Part.allCases.map { _ in Part(encoder, kept: pool.kept) }
  }

  /// Gives the memory back; nothing of the block is to be used afterwards.
  package func done() { pool.giveBack(self) }

  fileprivate func removeAll(_ none: [FieldStatistics]) {
    for part in parts {
      part.rows.removeAll()
      part.kept.removeAll()
      (part.statistics, part.clicks) = (none, 0)
    }
    (leftOut, rejected) = (0, [])
  }
}

/// Keeps the blocks that are done with for those to come: new memory costs more than filling it.
final class EncodedBlocks: @unchecked Sendable {
  // Sendable: a block is with one thread at a time.
  private let encoder: FeatureEncoder
  private let noStatistics: [FieldStatistics]
  /// How many columns are kept as text.
  fileprivate let kept: Int
  private let lock = Mutex<Void>(())
  private var free: [EncodedBlock] = []

  init(_ encoder: FeatureEncoder, kept: Int = 0) {
    (self.encoder, self.kept) = (encoder, kept)
    noStatistics = encoder.noStatistics
  }

  /// An empty block, with room for so many rows in each part.
  fileprivate func take(_ rows: Int) -> EncodedBlock {
    let block = lock.withLock { _ in free.popLast() } ?? EncodedBlock(encoder, self)
    for part in block.parts { part.rows.reserve(rows) }
    return block
  }

  fileprivate func giveBack(_ block: EncodedBlock) {
    block.removeAll(noStatistics)
    lock.withLock { _ in free.append(block) }
  }
}

/// One thread's part in the encoding pass.
struct BlockEncoder {
  private let blocks: EncodedBlocks
  private let encoder: ColumnEncoder
  private var splitter: Splitter?
  /// The part of each source's rows, which the first sources leave to the splitter.
  private let parts: [Int]
  /// The rows of a batch by their parts, as records.
  private var selections: [[Int32]]

  init(_ encoder: FeatureEncoder, _ blocks: EncodedBlocks, _ splitter: Splitter?, parts: [Int]) {
    (self.blocks, self.splitter, self.parts) = (blocks, splitter, parts)
    self.encoder = ColumnEncoder(encoder)
    selections = DataSplit.Part.allCases.map { _ in [] }
  }

  mutating func encode(
    _ rows: RowBlock, stopsAtFirst: Bool
  ) throws -> (EncodedBlock, BlockReport) {
    let block = blocks.take(rows.rows)
    let part = parts[rows.place.source]
    let isDivided = part == 0 && splitter != nil
    if isDivided { splitter!.begin(rows.place.number) }
    let report = try rows.read(stopsAtFirst: stopsAtFirst) { batch in
      if isDivided {
        divide(batch, block)
      } else {
        append(batch.all, of: batch, to: block.parts[part])
      }
    }
    (block.rejected, block.isLabelled) = (report.rejected.map(\.number), report.isLabelled)
    return (block, report)
  }

  private mutating func divide(_ batch: RowBatch, _ block: EncodedBlock) {
    for part in selections.indices { selections[part].removeAll(keepingCapacity: true) }
    splitter!.divide(batch) { record, part in
      if part == Splitter.leftOut {
        block.leftOut += 1
      } else {
        selections[part].append(record)
      }
    }
    for (part, selection) in selections.enumerated() {
      selection.withUnsafeBufferPointer { append($0, of: batch, to: block.parts[part]) }
    }
  }

  private func append(
    _ selection: UnsafeBufferPointer<Int32>, of batch: RowBatch, to part: EncodedBlock.Part
  ) {
    encoder.encode(selection, of: batch, into: part.rows, &part.statistics)
    part.kept.append(selection, of: batch)
    for record in selection where batch.labels[Int(record)] > 0 { part.clicks += 1 }
  }
}
