import Data
import Features
import Foundation
import Logs
import Support

/// The one way from logs to encoded rows: passes over them block by block, on all cores and in bounded
/// memory, of which each is a method: one that counts rows where a split asks for exact sizes, one that
/// learns, one that encodes. Where the rows go is up to the caller: into memory (``MemoryRows``), into a
/// folder (``EncodingJob``), or straight on (``stream(_:_:rejecting:)``).
///
/// What comes out depends neither on the threads nor on the size of the blocks.
package struct LogEncoding {
  /// The logs in the order they are read, with the parts of their rows; a split divides those that are
  /// training rows.
  package var sources: [(source: LogSource, part: DataSplit.Part)]
  /// What the columns mean; gaps are filled by looking at the training logs.
  package var schema = Schema()
  package var split: DataSplit?
  package var labels = LabelPolicy.required
  /// How many blocks are worked on at the same time.
  package var threads = ProcessInfo.processInfo.activeProcessorCount
  package var blockSize = BlockReader.blockSize
  /// The most bytes that the counted values may take, and after them those that are kept; counts beyond
  /// it go to disk for a while.
  package var vocabularyMemory = Int.max
  /// Where to.
  package var spillFolder = TemporaryFolder.path
  /// Told now and then how far a pass is.
  package var report: (EncodingProgress) -> Void = { _ in }
  /// What the passes took.
  package private(set) var timings: [PassTiming] = []

  /// - Parameter sources: training logs first.
  package init(_ sources: [(source: LogSource, part: DataSplit.Part)]) { self.sources = sources }

  private var training: [LogSource] { sources.filter { $0.part == .train }.map(\.source) }
  private var passes: Int { split?.isExact == true ? 3 : 2 }

  /// Counts the rows of each block of the training logs; nil where the split needs none counted.
  ///
  /// - Parameter policy: what becomes of rows that are not as the schema says.
  package mutating func count(_ schema: Schema, _ policy: RejectionPolicy) throws -> RowCounts? {
    guard split?.isExact == true else { return nil }
    let rejected = try RejectedRows(policy.silent)
    let stops = rejected.stopsAtFirst
    var counts = RowCounts()
    _ = try run(
      .counting, 1, RowPass(sources: training, schema: schema), rejecting: rejected, worker: { 0 },
      work: { block, _ in
        var counts = [0, 0]
        let report = block.read(stopsAtFirst: stops) { rows in
          for record in rows.all { counts[rows.labels[Int(record)] > 0 ? 1 : 0] += 1 }
        }
        return (counts, report)
      }, collect: { block, _ in counts.add(block) })
    return counts
  }

  /// Learns vocabularies, means and list lengths from the training rows.
  ///
  /// - Parameters:
  ///   - completed: the schema without gaps, and what was assumed of it.
  ///   - counts: those of ``count(_:_:)``.
  ///   - rejected: what becomes of rows that are not as the schema says.
  /// - Throws: ``UserError`` for a row that is not to be passed over, for more values than a limit
  ///   allows, for vocabularies that take more memory than they may, and for a full disk.
  package mutating func learn(
    _ completed: (schema: Schema, notes: [String]), _ counts: RowCounts?,
    rejecting rejected: RejectedRows
  ) throws -> FeatureEncoder {
    let schema = completed.schema
    let splitter = try split.map { try Splitter($0, counts: counts) }
    let stops = rejected.stopsAtFirst
    let counter = ValueCounter(
      schema, memoryLimit: vocabularyMemory, spillingTo: spillFolder)
    let workers = try run(
      .learning, passes - 1, RowPass(sources: training, schema: schema), rejecting: rejected,
      worker: { (FitPass(schema: schema, counter: counter), splitter) },
      work: { block, worker in
        worker.1?.begin(block.place.number)
        let report = block.read(stopsAtFirst: stops) { rows in
          worker.1?.keepTrainingRows(of: rows)
          worker.0.add(rows)
        }
        worker.0.endBlock()
        try counter.check()
        return ((), report)
      }, collect: { _, _ in })
    let pass = workers[0].0
    for worker in workers.dropFirst() { pass.merge(worker.0) }
    timings[timings.count - 1].spilled = counter.spilled
    return try pass.encoder(notes: completed.notes)
  }

  /// Encodes all rows.
  ///
  /// - Parameters:
  ///   - counts: those of ``count(_:_:)``.
  ///   - place: where to begin.
  ///   - collect: takes the blocks in order, and gives each back when its rows are no longer wanted.
  package mutating func encode(
    by encoder: FeatureEncoder, _ counts: RowCounts?, from place: BlockPlace = BlockPlace(),
    rejecting rejected: RejectedRows,
    _ collect:
      @escaping (EncodedBlock, EncodedBlocks, BlockPlace, _ isLabelled: Bool) throws -> Void
  ) throws {
    let splitter = try split.map { try Splitter($0, counts: counts) }
    let parts = sources.map { DataSplit.Part.allCases.firstIndex(of: $0.part)! }
    let blocks = EncodedBlocks(encoder)
    let stops = rejected.stopsAtFirst
    var pass = RowPass(sources: sources.map(\.source), schema: encoder.schema)
    pass.place = place
    _ = try run(
      .encoding, passes, pass, rejecting: rejected,
      worker: { BlockEncoder(encoder, blocks, splitter, parts: parts) },
      work: { block, worker in worker.encode(block, stopsAtFirst: stops) },
      collect: { block, place in
        try collect(block, blocks, place.place, place.isLabelled)
      })
  }

  private mutating func run<Worker, Result>(
    _ kind: EncodingPass, _ number: Int, _ pass: RowPass, rejecting rejected: RejectedRows,
    worker: @escaping () -> Worker,
    work: @escaping (RowBlock, inout Worker) throws -> (Result, BlockReport),
    collect: @escaping (Result, RowPass.Collected) throws -> Void
  ) throws -> [Worker] {
    var pass = pass
    (pass.labels, pass.blockSize, pass.threads) = (labels, blockSize, threads)
    var clock = PassClock(
      kind, number: number, passes: passes,
      bytesTotal: pass.sources.reduce(0) { $0 + ($1.size ?? 0) }, report)
    defer { timings.append(clock.timing) }
    return try pass.run(rejecting: rejected, worker: worker, work: work) { result, block in
      try collect(result, block)
      clock.tick(rows: block.rows, bytes: block.bytes, stored: block.stored)
    }
  }
}

extension Splitter {
  /// Leaves nothing but training rows in a batch.
  mutating func keepTrainingRows(of rows: RowBatch) {
    rows.filter { record in
      let index = Int(record)
      return part(
        ofRow: rows.number(of: record), label: rows.labels[index], time: rows.times[index],
        group: rows.groups[index]) == 0
    }
  }
}

extension LogEncoding {
  /// Blocks of encoded rows as they are read, in order, made ahead by other threads.
  ///
  /// - Parameter isRereadable: whether what comes through a pipe is kept for further passes.
  package static func stream(
    _ sources: [LogSource], by encoder: FeatureEncoder, labels: LabelPolicy,
    isRereadable: Bool = false, rejecting rejected: RejectedRows
  ) -> OrderedStream<StreamedBlock> {
    var encoding = LogEncoding(sources.map { (isRereadable ? $0 : $0.readOnce, .train) })
    encoding.labels = labels
    return OrderedStream.start(ahead: 1) { [encoding] send in
      var encoding = encoding
      try encoding.encode(by: encoder, nil, rejecting: rejected) { block, blocks, _, isLabelled in
        try send(StreamedBlock(block: block, isLabelled: isLabelled, pool: blocks))
      }
    }
  }

  /// A block on its way.
  package struct StreamedBlock {
    private let block: EncodedBlock
    private let pool: EncodedBlocks
    /// Whether every row has a label.
    package let isLabelled: Bool

    fileprivate init(block: EncodedBlock, isLabelled: Bool, pool: EncodedBlocks) {
      (self.block, self.isLabelled, self.pool) = (block, isLabelled, pool)
    }

    package var rows: RowBuffer { block.parts[0].rows }
    package var statistics: [FieldStatistics] { block.parts[0].statistics }
    /// The numbers of rows that could not be read, counted over all sources.
    package var rejected: [Int] { block.rejected }

    /// Gives its memory back; nothing of it is to be used afterwards.
    package func done() { pool.giveBack(block) }
  }
}
