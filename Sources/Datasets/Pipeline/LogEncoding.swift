import CIntrinsics
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
  /// Columns whose texts go with the encoded rows.
  package var kept: [String] = []
  /// How many blocks are worked on at the same time.
  package var threads = Processors.count
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
      .counting, 1, training, by: schema, rejecting: rejected, worker: { 0 },
      work: { block, _ in
        var counts = [0, 0]
        let report = try block.read(stopsAtFirst: stops) { rows in
          for record in rows.all { counts[rows.labels[Int(record)] > 0 ? 1 : 0] += 1 }
        }
        return (counts, report)
      }, collect: { block, _ in counts.add(block) })
    return counts
  }

  /// Counts the training logs' rows by the period of their time, as multiples of its length since 1970.
  ///
  /// - Parameters:
  ///   - schema: the completed schema, which has a time.
  ///   - length: in seconds.
  ///   - policy: what becomes of rows that are not as the schema says.
  package mutating func count(
    _ schema: Schema, byPeriodsOf length: Int64, _ policy: RejectionPolicy
  ) throws -> [Int64: Int] {
    precondition(schema.time != nil && length > 0)
    let rejected = try RejectedRows(policy.silent)
    let stops = rejected.stopsAtFirst
    let workers = try run(
      .counting, 1, training, by: schema, rejecting: rejected, worker: { [Int64: Int]() },
      work: { block, counts in
        let report = try block.read(stopsAtFirst: stops) { rows in
          for record in rows.all {
            let time = rows.times[Int(record)]
            // Rounded down, before 1970 too.
            counts[time / length - (time % length < 0 ? 1 : 0), default: 0] += 1
          }
        }
        return ((), report)
      }, collect: { _, _ in })
    return workers.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
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
    let pass = try tally(completed.schema, counts, rejecting: rejected)
    // What the counts took is free now: it goes back to the system before the rows need theirs.
    defer { return_free_memory() }
    return try pass.encoder(notes: completed.notes)
  }

  /// Counts what an encoder is made of, in the training rows.
  ///
  /// - Parameters: as those of ``learn(_:_:rejecting:)``.
  package mutating func tally(
    _ schema: Schema, _ counts: RowCounts?, rejecting rejected: RejectedRows
  ) throws -> FitPass {
    let counter = ValueCounter(schema, memoryLimit: vocabularyMemory, spillingTo: spillFolder)
    return try fit(schema, counter, counts, rejecting: rejected)
  }

  /// Learns from the training rows what an encoder lacks: a further day's values.
  ///
  /// - Parameters:
  ///   - encoder: that of the days before.
  ///   - ledger: what is known of its values from day to day.
  ///   - admission: which values get a row, and which lose theirs.
  ///   - rejected: what becomes of rows that are not as the schema says.
  /// - Throws: as ``learn(_:_:rejecting:)``.
  package mutating func grow(
    _ encoder: FeatureEncoder, _ ledger: ValueLedger, by admission: Admission, _ counts: RowCounts?,
    rejecting rejected: RejectedRows
  ) throws -> EncoderGrowth {
    let counter = ValueCounter(
      growing: encoder.schema, memoryLimit: vocabularyMemory, spillingTo: spillFolder)
    let pass = try fit(encoder.schema, counter, counts, rejecting: rejected)
    defer { return_free_memory() }
    return try pass.growth(of: encoder, ledger, by: admission)
  }

  /// The pass that learns.
  private mutating func fit(
    _ schema: Schema, _ counter: ValueCounter, _ counts: RowCounts?,
    rejecting rejected: RejectedRows
  ) throws -> FitPass {
    let splitter = try split.map { try Splitter($0, counts: counts) }
    let stops = rejected.stopsAtFirst
    let workers = try run(
      .learning, passes - 1, training, by: schema, rejecting: rejected,
      worker: { (FitPass(schema: schema, counter: counter), splitter) },
      work: { block, worker in
        worker.1?.begin(block.place.number)
        let report = try block.read(stopsAtFirst: stops) { rows in
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
    return pass
  }

  /// Encodes all rows.
  ///
  /// - Parameters:
  ///   - counts: those of ``count(_:_:)``.
  ///   - place: where to begin.
  ///   - collect: takes the blocks in order with their places; says of each when it is done with it.
  package mutating func encode(
    by encoder: FeatureEncoder, _ counts: RowCounts?, from place: BlockPlace = BlockPlace(),
    rejecting rejected: RejectedRows,
    _ collect: @escaping (EncodedBlock, BlockPlace) throws -> Void
  ) throws {
    let splitter = try split.map { try Splitter($0, counts: counts) }
    let parts = sources.map { DataSplit.Part.allCases.firstIndex(of: $0.part)! }
    let blocks = EncodedBlocks(encoder, kept: kept.count)
    let stops = rejected.stopsAtFirst
    _ = try run(
      .encoding, passes, sources.map(\.source), by: encoder.schema, from: place,
      rejecting: rejected, worker: { BlockEncoder(encoder, blocks, splitter, parts: parts) },
      work: { block, worker in try worker.encode(block, stopsAtFirst: stops) }, collect: collect)
  }

  /// Logs of fewer stored bytes are read by one thread.
  private static let few = 1 << 20

  /// One pass: blocks are cut one after the other, read by several threads at once, and what comes of
  /// them is put together in the order of the log.
  ///
  /// - Parameters:
  ///   - rejected: told of each block before it is collected.
  ///   - worker: makes the state of a thread.
  ///   - work: takes the rows of a block, by any thread; reads them with ``RowBlock/read``.
  ///   - collect: takes the results with their places; never called by two threads at once.
  /// - Returns: the threads' states.
  private mutating func run<Worker, Result>(
    _ kind: EncodingPass, _ number: Int, _ sources: [LogSource], by schema: Schema,
    from place: BlockPlace = BlockPlace(), rejecting rejected: RejectedRows,
    worker: @escaping () -> Worker,
    work: @escaping (RowBlock, inout Worker) throws -> (Result, BlockReport),
    collect: @escaping (Result, BlockPlace) throws -> Void
  ) throws -> [Worker] {
    let stored = sources.reduce(0) { $0 + ($1.size ?? 0) }
    let isSmall = blockSize == BlockReader.blockSize && stored < Self.few
    let threads = isSmall && sources.allSatisfy { $0.size != nil } ? 1 : threads
    let reader = SharedReader(
      RowReader(
        sources, schema: schema, labels: labels, keeping: kind == .encoding ? kept : [],
        from: place,
        blockSize: blockSize))
    var clock = PassClock(kind, number: number, passes: passes, bytesTotal: stored, report)
    defer { timings.append(clock.timing) }
    return try OrderedWork.run(
      threads: threads, ahead: 2 * threads, next: { try reader.next() }, worker: worker,
      work: { (item: SharedReader.Item, state: inout Worker) in
        let (result, report) = try work(item.block, &state)
        return (result, report, item)
      },
      collect: { (result, report, item) in
        try rejected.add(report)
        try collect(result, item.block.place)
        clock.tick(rows: item.block.rows, bytes: item.block.bytes, stored: item.stored)
      })
  }
}

/// The reader of a pass, behind a reference: threads take turns at it.
private final class SharedReader {
  private var reader: RowReader

  /// A block, and how many stored bytes were read up to its end.
  struct Item: Sendable {
    let block: RowBlock
    let stored: Int
  }

  init(_ reader: consuming RowReader) { self.reader = reader }

  func next() throws -> Item? {
    try reader.next().map { Item(block: $0, stored: reader.stored) }
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
  /// - Parameters:
  ///   - kept: columns whose texts go with the rows.
  ///   - isRereadable: whether what comes through a pipe is kept for further passes.
  package static func stream(
    _ sources: [LogSource], by encoder: FeatureEncoder, labels: LabelPolicy,
    keeping kept: [String] = [], isRereadable: Bool = false, rejecting rejected: RejectedRows
  ) -> OrderedStream<EncodedBlock> {
    var encoding = LogEncoding(sources.map { (isRereadable ? $0 : $0.readOnce, .train) })
    (encoding.labels, encoding.kept) = (labels, kept)
    return OrderedStream.start(ahead: 1) { [encoding] send in
      var encoding = encoding
      try encoding.encode(by: encoder, nil, rejecting: rejected) { block, _ in try send(block) }
    }
  }
}
