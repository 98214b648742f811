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

  /// Takes a batch's arrays by `take`, those that it has.
  private mutating func take(
    _ batch: Batch, integers: ([Int32], inout Buffer<Int32>) throws -> Void,
    floats: ([Float], inout Buffer<Float>) throws -> Void
  ) throws {
    try integers(batch.ids, &ids)
    if let numbers = batch.values { try floats(numbers, &values) }
    try floats(batch.labels, &labels)
    if let numbers = batch.weights { try floats(numbers, &weights) }
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
    try take(batch, integers: borrow, floats: borrow)
  }

  /// Queues the transfer of a batch.
  mutating func write(_ batch: Batch, on queue: Queue) throws {
    try take(
      batch, integers: { try $1.write($0, on: queue) }, floats: { try $1.write($0, on: queue) })
  }
}

/// Sends batches while the device works on the one before: two memories in turn, on a queue of their own.
struct BatchTransfer {
  /// Where transfers are queued.
  let queue: Queue
  /// The memory that the next batch goes to, and when operators are done with what is there.
  private var next: BatchMemory
  private var isFree: Event?

  init(layout: BatchLayout, capacity: Int, on queue: Queue) throws {
    self.queue = queue
    next = try BatchMemory(layout: layout, capacity: capacity, in: queue.context)
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
    try next.write(batch, on: queue)
    let isThere = try queue.marker()
    try queue.flush()
    try operators.wait(for: isThere)
    isFree = isDone
    swap(&current, &next)
  }
}
