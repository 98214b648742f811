import Dispatch
import Synchronization

/// The batches of one pass over a dataset, prepared ahead on a thread of its own.
///
/// The last batch holds the rows that are left. A loader may be abandoned at any time: its thread
/// stops when the loader goes. It is made for one consumer.
public final class BatchLoader: Sequence, IteratorProtocol {
  /// The number of batches of the pass.
  public let count: Int
  /// How long the consumer waited for batches so far.
  public private(set) var waited = Duration.zero
  private let queue: BatchQueue
  private var taken = 0

  /// Starts to prepare batches.
  ///
  /// - Parameters:
  ///   - dataset: the rows.
  ///   - batchSize: rows a batch, at least 1.
  ///   - order: shuffled for training, sequential for evaluation.
  ///   - groupsIds: whether batches come with their occurrences; prediction does not need them.
  ///   - prefetch: how many batches are prepared ahead at most, at least 1.
  public init(
    _ dataset: Dataset, batchSize: Int, order: RowOrder = .sequential, groupsIds: Bool = true,
    prefetch: Int = 3
  ) {
    precondition(batchSize >= 1 && prefetch >= 1)
    let count = (dataset.rows + batchSize - 1) / batchSize
    let queue = BatchQueue(capacity: prefetch)
    self.count = count
    self.queue = queue
    // The thread holds the queue and not the loader, so that an abandoned loader can go.
    DispatchQueue(label: "batches").async {
      let permutation = order.permutation(of: dataset.rows)
      for first in stride(from: 0, to: dataset.rows, by: batchSize) {
        guard queue.hasRoom() else { return }
        let range = first..<Swift.min(first + batchSize, dataset.rows)
        queue.put(
          permutation.map {
            dataset.batch(of: $0[range].lazy.map { Int($0) }, groupsIds: groupsIds)
          } ?? dataset.batch(of: range, groupsIds: groupsIds))
      }
    }
  }

  deinit { queue.abandon() }

  /// The next batch, nil after the last one. Waits until it is ready.
  public func next() -> Batch? {
    guard taken < count else { return nil }
    taken += 1
    let start = ContinuousClock.now
    defer { waited += ContinuousClock.now - start }
    return queue.take()
  }
}

/// A bounded queue between the thread that prepares batches and the one that takes them.
private final class BatchQueue: Sendable {
  private let batches = Mutex<[Batch]>([])
  private let isAbandoned = Atomic(false)
  private let room = DispatchSemaphore(value: 0)
  private let filled = DispatchSemaphore(value: 0)

  init(capacity: Int) {
    // Counted up from 0: a semaphore may not go with less than it started with.
    for _ in 0..<capacity { room.signal() }
  }

  /// Waits until a batch may be put; false if nobody takes batches any more.
  func hasRoom() -> Bool {
    room.wait()
    return !isAbandoned.load(ordering: .acquiring)
  }

  func put(_ batch: Batch) {
    batches.withLock { $0.append(batch) }
    filled.signal()
  }

  func take() -> Batch {
    filled.wait()
    let batch = batches.withLock { $0.removeFirst() }
    room.signal()
    return batch
  }

  func abandon() {
    isAbandoned.store(true, ordering: .releasing)
    room.signal()
  }
}
