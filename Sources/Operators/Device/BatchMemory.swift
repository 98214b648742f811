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

  /// Queues the transfer of rows, from the `first` of a place on.
  func write(
    _ rows: PinnedRows, from first: Int, count: Int, layout: BatchLayout, hasWeights: Bool,
    on queue: Queue
  ) throws {
    let (own, cells) = (
      first..<first + count, first * layout.slots..<(first + count) * layout.slots
    )
    try ids.write(rows.ids, cells, on: queue)
    if layout.weighted { try values.write(rows.values, cells, on: queue) }
    try labels.write(rows.labels, own, on: queue)
    if hasWeights { try weights.write(rows.weights, own, on: queue) }
  }
}

/// Sends batches while the device works on the one before: two memories in turn, on a queue of their own, from pinned
/// memory of the host, so that the host may be two batches ahead. What is pinned is what loaders have filled; batches in
/// arrays are copied to it.
struct BatchTransfer {
  /// How many batches may be on their way.
  static let limit = 3

  /// Where transfers are queued.
  let queue: Queue
  private let layout: BatchLayout
  private let capacity: Int
  /// The memory that the next batch goes to, and when operators are done with what is there.
  private var next: BatchMemory
  private var isFree: Event?
  private var sent = SentPlaces(limit: Self.limit)
  /// What batches in arrays are copied to, the longest sent first; made when they are first wanted.
  private var stagings: [(rows: PinnedRows, isSent: Event?)] = []

  init(layout: BatchLayout, capacity: Int, on queue: Queue) throws {
    (self.queue, self.layout, self.capacity) = (queue, layout, capacity)
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
    let (rows, first) = try pinned(batch)
    try next.write(
      rows, from: first, count: batch.rows, layout: layout, hasWeights: batch.hasWeights, on: queue)
    let isThere = try queue.marker()
    if let place = batch.placed {
      sent.keep(place.lent, until: isThere)
    } else {
      stagings.append((rows, isThere))
    }
    try queue.flush()
    try operators.wait(for: isThere)
    isFree = isDone
    swap(&current, &next)
  }

  /// Where the rows of a batch lie pinned: where its loader left them, or in a copy.
  private mutating func pinned(_ batch: Batch) throws -> (rows: PinnedRows, first: Int) {
    if let (lent, first) = batch.placed {
      guard let rows = lent.place as? PinnedRows else { preconditionFailure("another's place") }
      try sent.makeRoom()
      return (rows, first)
    }
    let isNew = stagings.count < Self.limit && !(stagings.first?.isSent?.isComplete ?? false)
    let staging =
      isNew
      ? (rows: try PinnedRows(layout: layout, capacity: capacity, on: queue), isSent: nil)
      : stagings.removeFirst()
    try staging.isSent?.wait()
    staging.rows.fill(with: batch)
    return (staging.rows, 0)
  }
}
