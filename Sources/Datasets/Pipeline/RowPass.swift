import Features
import Foundation
import Logs
import Support

/// One pass over logs: blocks are cut one after the other, read by several threads at once, and what comes
/// of them is put together in the order of the log, in memory that does not grow with it.
struct RowPass {
  var sources: [LogSource]
  /// Completed; says what the columns mean.
  var schema: Schema
  var labels = LabelPolicy.required
  /// Where to begin: the place of a block of the same sources, read with the same size.
  var place = BlockPlace()
  var blockSize = BlockReader.blockSize
  var threads = ProcessInfo.processInfo.activeProcessorCount

  /// A block as far as it is known when it is collected.
  struct Collected {
    let place: BlockPlace
    let rows: Int
    let bytes: Int
    /// How many stored bytes were read up to its end.
    let stored: Int
    let isLabelled: Bool
  }

  /// Logs of fewer stored bytes are read by one thread.
  private static let few = 1 << 20

  /// Runs it.
  ///
  /// - Parameters:
  ///   - rejected: what becomes of rows that are not as the schema says; told of each block before it
  ///     is collected.
  ///   - worker: makes the state of a thread.
  ///   - work: takes the rows of a block, by any thread; reads them with ``RowBlock/read``.
  ///   - collect: takes the results in order; never called by two threads at once.
  /// - Returns: the threads' states.
  /// - Throws: ``UserError`` for what cannot be read, or for a row that is not to be passed over;
  ///   everything before it has been collected, nothing behind it.
  func run<Worker, Result>(
    rejecting rejected: RejectedRows, worker: @escaping () -> Worker,
    work: @escaping (RowBlock, inout Worker) throws -> (Result, BlockReport),
    collect: @escaping (Result, Collected) throws -> Void
  ) throws -> [Worker] {
    let reader = SharedReader(
      RowReader(sources, schema: schema, labels: labels, from: place, blockSize: blockSize))
    let isSmall = sources.reduce(0) { $0 + ($1.size ?? Self.few) } < Self.few
    let threads = isSmall && blockSize == BlockReader.blockSize ? 1 : threads
    return try OrderedWork.run(
      threads: threads, ahead: 2 * threads, next: { try reader.next() }, worker: worker,
      work: { (item: SharedReader.Item, state: inout Worker) in
        let (result, report) = try work(item.block, &state)
        return (result, report, item)
      },
      collect: { (result, report, item) in
        try rejected.add(report)
        try collect(
          result,
          Collected(
            place: item.block.place, rows: item.block.rows, bytes: item.block.bytes,
            stored: item.stored, isLabelled: report.isLabelled))
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
