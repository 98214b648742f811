import Dispatch
import Synchronization

/// The batches of one pass over a dataset, prepared ahead on threads of their own.
///
/// The last batch holds the rows that are left. Which batches there are, and their order, does not
/// depend on the threads. A loader may be abandoned at any time: its threads stop when the loader
/// goes. It is made for one consumer.
package final class BatchLoader: Sequence, IteratorProtocol {
  /// The number of batches of the pass.
  package let count: Int
  /// How long the consumer waited for batches so far.
  package private(set) var waited = Duration.zero
  private let queue: BatchQueue
  private var taken: Int

  /// Starts to prepare batches.
  ///
  /// - Parameters:
  ///   - dataset: the rows.
  ///   - batchSize: rows a batch, at least 1.
  ///   - order: shuffled for training, sequential for evaluation.
  ///   - prefetch: how many batches are prepared ahead at most, at least 1.
  ///   - threads: how many batches are prepared at the same time, at least 1.
  ///   - first: the batch to begin with, where the ones before have been taken by an earlier run.
  ///   - part: which of so many rows of a batch are wanted; nil for all.
  ///   - places: where the rows are left for a device; nil for arrays, which are also taken where no place can be
  ///     had.
  package init(
    _ dataset: Dataset, batchSize: Int, order: RowOrder = .sequential, prefetch: Int = 3,
    threads: Int = 1, from first: Int = 0, part: (@Sendable (_ rows: Int) -> Range<Int>)? = nil,
    in places: BatchPlaces? = nil
  ) {
    precondition(batchSize >= 1 && prefetch >= 1 && threads >= 1 && first >= 0)
    count = (dataset.rows + batchSize - 1) / batchSize
    taken = Swift.min(first, count)
    let workers = Swift.min(threads, Swift.max(count, 1))
    let room = Swift.max(prefetch, workers)
    // A thread may still have the one that it has handed over.
    places?.prepare(ahead: room + workers)
    let queue = BatchQueue(dataset, batchSize: batchSize, order, room: room, from: taken)
    self.queue = queue
    // The threads hold the queue and not the loader, so that an abandoned loader can go.
    for _ in 0..<workers {
      DispatchQueue(label: "batches").async {
        while let (number, rows, ahead) = queue.task() {
          let lent = places?.lend()
          if lent?.place.readsRows ?? true { dataset.fetch(ahead) }
          let part = part?(rows.count)
          let batch =
            lent.map { dataset.batch(of: rows, part: part, in: $0) }
            ?? part.map { dataset.batch(of: rows, part: $0) } ?? dataset.batch(of: rows)
          queue.put(batch, number)
        }
      }
    }
  }

  deinit { queue.abandon() }

  /// The next batch, nil after the last one. Waits until it is ready.
  package func next() -> Batch? {
    guard taken < count else { return nil }
    defer { taken += 1 }
    let start = ContinuousClock.now
    defer { waited += ContinuousClock.now - start }
    return queue.take(taken)
  }
}

/// A bounded queue between the threads that prepare batches and the one that takes them in order.
private final class BatchQueue: Sendable {
  private struct State {
    /// The rows that no batch has yet.
    var order: ShuffledRows?
    let rows: Int
    /// The next batch to be prepared, and the first that is not ready.
    var next = 0
    var firstMissing = 0
    var ready: [Int: Batch] = [:]
  }

  private let state: Mutex<State>
  private let batchSize: Int
  private let isAbandoned = Atomic(false)
  private let room = DispatchSemaphore(value: 0)
  private let filled = DispatchSemaphore(value: 0)

  package init(
    _ dataset: Dataset, batchSize: Int, _ order: RowOrder, room capacity: Int, from first: Int
  ) {
    self.batchSize = batchSize
    var shuffled: ShuffledRows?
    if case .shuffled(let seed, let epoch) = order {
      shuffled = ShuffledRows(dataset.rows, seed: seed, epoch: epoch)
      for _ in 0..<first { _ = shuffled?.take(batchSize) }
    }
    state = Mutex(State(order: shuffled, rows: dataset.rows, next: first, firstMissing: first))
    // Counted up from 0: a semaphore may not go with less than it started with.
    for _ in 0..<capacity { room.signal() }
  }

  /// The next batch to prepare, once there is room: its number, its rows, and rows that later ones will
  /// ask for; nil at the end, or if nobody takes batches any more.
  func task() -> (number: Int, rows: [Int], ahead: [Range<Int>])? {
    room.wait()
    guard !isAbandoned.load(ordering: .acquiring) else {
      room.signal()
      return nil
    }
    let task: (Int, [Int], [Range<Int>])? = state.withLock { state in
      let first = state.next * batchSize
      guard first < state.rows else { return nil }
      defer { state.next += 1 }
      let rows =
        state.order?.take(batchSize) ?? Array(first..<Swift.min(first + batchSize, state.rows))
      return (state.next, rows, state.order?.takeAhead() ?? [])
    }
    if task == nil { room.signal() }
    return task
  }

  func put(_ batch: Batch, _ number: Int) {
    let more = state.withLock { state in
      state.ready[number] = batch
      let first = state.firstMissing
      while state.ready[state.firstMissing] != nil { state.firstMissing += 1 }
      return state.firstMissing - first
    }
    // Not under the lock: on one core the consumer would wake up to find it taken, and spin.
    for _ in 0..<more { filled.signal() }
  }

  func take(_ number: Int) -> Batch {
    filled.wait()
    let batch = state.withLock { $0.ready.removeValue(forKey: number)! }
    room.signal()
    return batch
  }

  func abandon() {
    isAbandoned.store(true, ordering: .releasing)
    room.signal()
  }
}
