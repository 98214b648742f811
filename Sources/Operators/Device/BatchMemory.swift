import Data
import OpenCL

/// The arrays of a batch in the device's memory.
struct BatchMemory {
  /// Ids and values, [rows × slots].
  private(set) var ids: Buffer<Int32>
  private(set) var values: Buffer<Float>
  /// Labels and sample weights, [rows].
  private(set) var labels: Buffer<Float>
  private(set) var weights: Buffer<Float>

  /// - Parameter capacity: the most rows of a batch; 0 where batches are used where they are.
  init(layout: BatchLayout, capacity: Int, in context: Context) throws {
    let counts = Self.counts(layout: layout, capacity: capacity)
    (ids, values) = (try counts.buffer("ids", context), try counts.buffer("values", context))
    labels = try counts.buffer("labels", context)
    weights = try counts.buffer("sample weights", context)
  }

  static func counts(layout: BatchLayout, capacity: Int) -> BufferCounts {
    let slots = capacity * layout.slots
    return [
      "ids": slots, "values": layout.weighted ? slots : 0, "labels": capacity,
      "sample weights": capacity,
    ]
  }

  /// Uses a batch where it is, on a device that shares the host's memory.
  mutating func borrow(_ batch: Batch, on queue: Queue) throws {
    // Steps under way still read the batch before.
    let before: [any Sendable] = [ids, values, labels, weights]
    try queue.keepAlive(before)
    func borrow<Element: BitwiseCopyable & Sendable>(
      _ elements: [Element], _ buffer: inout Buffer<Element>
    ) throws {
      guard !elements.isEmpty else { return }
      buffer = try Buffer(borrowing: elements, in: queue.context, label: buffer.label)
    }
    try borrow(batch.ids, &ids)
    if let numbers = batch.values { try borrow(numbers, &values) }
    try borrow(batch.labels, &labels)
    if let numbers = batch.weights { try borrow(numbers, &weights) }
  }

  /// Queues the transfer of a batch, of which a copy is made.
  func write(_ batch: Batch, through staging: BatchStaging, on queue: Queue) throws {
    func send<Element: BitwiseCopyable & Sendable>(
      _ elements: [Element]?, _ memory: HostMemory<Element>, _ buffer: Buffer<Element>
    ) throws {
      guard let elements else { return }
      memory.copy(elements)
      try buffer.write(memory, first: elements.count, on: queue)
    }
    try staging.isSent?.wait()
    try send(batch.ids, staging.ids, ids)
    try send(batch.values, staging.values, values)
    try send(batch.labels, staging.labels, labels)
    try send(batch.weights, staging.weights, weights)
  }
}

/// Where batches on their way to a device lie: pinned, and taken again and again, since a large piece of memory
/// costs more to get than to fill.
final class BatchStaging {
  let ids: HostMemory<Int32>
  let values, labels, weights: HostMemory<Float>
  /// Complete when the batch here has been sent; nil where none has been.
  var isSent: Event?

  init(layout: BatchLayout, capacity: Int, on queue: Queue) throws {
    ids = try HostMemory(pinned: capacity * layout.slots, on: queue)
    values = try HostMemory(pinned: layout.weighted ? capacity * layout.slots : 0, on: queue)
    labels = try HostMemory(pinned: capacity, on: queue)
    weights = try HostMemory(pinned: capacity, on: queue)
  }
}

/// Sends batches while the device works on the one before: two memories in turn, on a queue of their own, from three
/// places of the host, so that the host may be two batches ahead.
struct BatchTransfer {
  /// Where transfers are queued.
  let queue: Queue
  /// The memory that the next batch goes to, and when operators are done with what is there.
  private var next: BatchMemory
  private var isFree: Event?
  /// The next one first.
  private var stagings: [BatchStaging]

  init(layout: BatchLayout, capacity: Int, on queue: Queue) throws {
    self.queue = queue
    next = try BatchMemory(layout: layout, capacity: capacity, in: queue.context)
    stagings = try (0..<3).map { _ in
      try BatchStaging(layout: layout, capacity: capacity, on: queue)
    }
  }

  /// Sends a batch; operators that are queued from now on wait for it.
  ///
  /// - Parameters:
  ///   - current: the memory that operators read, exchanged for that of the new batch.
  ///   - operators: their queue.
  mutating func send(
    _ batch: Batch, exchanging current: inout BatchMemory, before operators: Queue
  ) throws {
    let isDone = try operators.marker()
    try operators.flush()
    if let isFree { try queue.wait(for: isFree) }
    let staging = stagings.removeFirst()
    stagings.append(staging)
    try next.write(batch, through: staging, on: queue)
    let isThere = try queue.marker()
    staging.isSent = isThere
    try queue.flush()
    try operators.wait(for: isThere)
    isFree = isDone
    swap(&current, &next)
  }
}
