import Foundation
import Support

/// The passes of a job over its logs.
struct EncodingPasses {
  private let job: EncodingJob
  private let staging: StagingFolder
  private let report: (EncodingProgress) -> Void
  private var number = 0
  private(set) var timings: [PassTiming] = []
  /// What became of rows that could not be read, nil where all could.
  var rejection: String? { rejected?.summary }
  private var rejected: RejectedRows?
  private var quarantine: StagedQuarantine?

  init(
    _ job: EncodingJob, _ staging: StagingFolder, _ report: @escaping (EncodingProgress) -> Void
  ) {
    self.job = job
    self.staging = staging
    self.report = report
  }

  private var passes: Int { job.split?.isExact == true ? 3 : 2 }

  /// The rows of each block of the training logs, nil where the split needs none.
  mutating func counts() throws -> RowCounts? {
    guard job.split?.isExact == true else { return nil }
    number += 1
    if let counts = staging.counts { return counts }
    let (schema, _) = try job.schema.completed(from: job.training)
    var counts = RowCounts()
    let rejected = try RejectedRows(job.rejection.silent)
    let stops = rejected.stopsAtFirst
    try run(
      .counting, job.training, by: schema, rejecting: rejected, worker: { 0 },
      work: { block, _, report in
        var consumer = CountingConsumer()
        report = block.read(into: &consumer, stopsAtFirst: stops)
        return consumer.counts
      }, collect: { block, _ in counts.add(block) })
    try staging.keep(counts)
    return counts
  }

  /// The encoder, learned from the training rows, and the hash of its file.
  mutating func learn(_ counts: RowCounts?) throws -> (FeatureEncoder, hash: String) {
    number += 1
    if let learned = try? DatasetFolder.readEncoder(in: staging.path) { return learned }
    let (schema, notes) = try job.schema.completed(from: job.training)
    let splitter = try job.split.map { try Splitter($0, counts: counts) }
    let rejected = try RejectedRows(job.rejection.silent)
    let stops = rejected.stopsAtFirst
    let tallies = Tallies(schema, memoryLimit: job.vocabularyMemory, spillingTo: staging.path)
    var encoder: FeatureEncoder!
    try run(
      .learning, job.training, by: schema, rejecting: rejected,
      worker: {
        TrainingConsumer(fitter: Fitter(schema: schema, tallies: tallies), splitter: splitter)
      },
      work: { block, worker, report in
        worker.splitter?.begin(block.place.number)
        report = block.read(into: &worker, stopsAtFirst: stops)
        try tallies.check()
      }, collect: { _, _ in },
      finish: { workers in
        var fitter = workers[0].fitter
        for worker in workers.dropFirst() { fitter.merge(worker.fitter) }
        encoder = try fitter.encoder(notes: notes)
      })
    timings[timings.count - 1].spilled = tallies.spilled
    return (encoder, try DatasetFolder.write(encoder, in: staging.path))
  }

  /// Writes the shards, from where an interrupted run left off.
  mutating func encode(
    by encoder: FeatureEncoder, hash: String, _ counts: RowCounts?
  ) throws -> StagingFolder.Progress {
    number += 1
    let before = staging.progress(encoder, hash: hash)
    // Kept where rows are only skipped, too: the run may be taken up again as one that keeps them.
    let quarantine =
      job.rejection.action == .stop
      ? nil : try StagedQuarantine(in: staging.path, from: before?.quarantine)
    let rejected = try RejectedRows(
      job.rejection, after: before?.rejection ?? RejectedRows.State(), into: quarantine)
    (self.rejected, self.quarantine) = (rejected, quarantine)
    if let before, before.isDone {
      try rejected.finish()
      return before
    }
    let writer = ShardWriter(
      staging, encoder, hash: hash, limit: job.shardSize, resuming: before)
    let parts = job.sources.map { DataSplit.Part.allCases.firstIndex(of: $0.part)! }
    let splitter = try job.split.map { try Splitter($0, counts: counts) }
    let job = job
    let blocks = EncodedBlocks(encoder)
    let stops = rejected.stopsAtFirst
    try run(
      .encoding, job.sources.map(\.source), by: encoder.schema, from: before?.place,
      rejecting: rejected,
      worker: { EncodingConsumer(encoder, splitter: splitter, parts: parts) },
      work: { rows, worker, report in
        let block = blocks.take()
        if rows.place.source < job.training.count { worker.splitter?.begin(rows.place.number) }
        report = worker.read(rows, into: block, stopsAtFirst: stops)
        return block
      },
      collect: { block, place in
        try writer.append(block, at: place, after: (rejected.state, quarantine?.state))
        blocks.giveBack(block)
      })
    try rejected.finish()
    try writer.finish((rejected.state, quarantine?.state))
    return writer.progress
  }

  /// Puts the rows that could not be read where the policy wants them.
  func deliverQuarantine() throws {
    guard case .quarantine(let path) = job.rejection.action else { return }
    try quarantine?.deliver(to: path)
  }

  /// One pass: blocks in parallel, results in order, and in the end what the workers have.
  private mutating func run<Worker, Result>(
    _ pass: EncodingPass, _ sources: [LogSource], by schema: Schema, from place: BlockPlace? = nil,
    rejecting rejected: RejectedRows, worker: @escaping () -> Worker,
    work: @escaping (RowBlock, inout Worker, inout BlockReport) throws -> Result,
    collect: @escaping (Result, BlockPlace) throws -> Void,
    finish: ([Worker]) throws -> Void = { _ in }
  ) throws {
    var clock = PassClock(
      pass, number: number, passes: passes,
      bytesTotal: sources.reduce(0) { $0 + ($1.size ?? 0) }, report)
    let reader = SharedReader(
      try BlockReader(
        sources, schema: schema, labels: .required, from: place ?? BlockPlace(),
        blockSize: job.blockSize))
    let workers = try OrderedWork.run(
      threads: job.threads, ahead: 2 * job.threads,
      next: { try reader.next() }, worker: worker,
      work: { (item: SharedReader.Item, state: inout Worker) in
        var report = BlockReport()
        let result = try work(item.block, &state, &report)
        return (result, report, item)
      },
      collect: { (result, report, item) in
        // In this order: what is written before a block knows of the rows before it alone.
        try collect(result, item.block.place)
        try rejected.add(report)
        clock.tick(rows: item.block.rows, bytes: item.block.block.count, stored: item.stored)
      })
    try finish(workers)
    timings.append(clock.timing)
  }
}

/// The reader of a pass, behind a reference: threads take turns at it.
private final class SharedReader {
  private var reader: BlockReader

  /// A block, and how many stored bytes were read up to its end.
  struct Item: Sendable {
    let block: RowBlock
    let stored: Int
  }

  init(_ reader: consuming BlockReader) { self.reader = reader }

  func next() throws -> Item? {
    try reader.next().map { Item(block: $0, stored: reader.stored) }
  }
}

/// Measures a pass, and tells now and then how far it is.
private struct PassClock {
  private var progress: EncodingProgress
  private let report: (EncodingProgress) -> Void
  private let start = ContinuousClock.now
  private let coreStart = ProcessStatus.coreSeconds
  private var last = ContinuousClock.now
  private var bytes = 0
  private var firstStored: Int?

  init(
    _ pass: EncodingPass, number: Int, passes: Int, bytesTotal: Int,
    _ report: @escaping (EncodingProgress) -> Void
  ) {
    self.report = report
    progress = EncodingProgress(
      pass: pass, number: number, passes: passes, bytes: 0, bytesTotal: bytesTotal, rows: 0,
      seconds: 0, secondsLeft: nil)
  }

  mutating func tick(rows: Int, bytes: Int, stored: Int) {
    progress.rows += rows
    self.bytes += bytes
    let now = ContinuousClock.now
    let first = firstStored ?? stored
    firstStored = first
    guard now - last >= .milliseconds(200) else { return }
    last = now
    progress.bytes = stored
    progress.seconds = (now - start) / .seconds(1)
    if stored > first, progress.bytesTotal > 0 {
      progress.secondsLeft =
        progress.seconds * Double(max(progress.bytesTotal - stored, 0)) / Double(stored - first)
    }
    report(progress)
  }

  var timing: PassTiming {
    PassTiming(
      pass: progress.pass, bytes: bytes, rows: progress.rows,
      seconds: (ContinuousClock.now - start) / .seconds(1),
      coreSeconds: ProcessStatus.coreSeconds - coreStart, peakMemory: ProcessStatus.peakMemory)
  }
}
