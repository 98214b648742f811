import Data
import OpenCL

/// A batch in the device's memory.
public final class OpenCLInput: BatchInput {
  public private(set) var rows = 0

  /// The batches' layout.
  let layout: BatchLayout
  /// The most rows of a batch.
  let capacity: Int
  /// The batch.
  private var memory: BatchMemory
  /// How batches get there; nil where they are used where they are.
  private var transfer: BatchTransfer?
  private(set) var isWeighted = false
  /// 1 / Σ weights, or 0 where that is 0.
  private(set) var inverseWeight: Float = 0
  /// For each slot its field; where each field's slots begin; where the slots begin and end.
  let slotFields: Buffer<Int32>
  let fieldStarts: Buffer<Int32>
  let allSlots: Buffer<Int32>
  private let queue: Queue
  /// The numbers of the batch's rows, where the device keeps these.
  private var numbers: Buffer<Int32>?
  /// How many steps trainings keep queued.
  static let stepsAhead = 32
  /// Numbers that the device may not have taken yet.
  private var gathering = SentPlaces(limit: stepsAhead)
  private let foundIDs: DeviceUniqueIDs?
  /// Who owns which ids; nil where the device's work-items own none.
  let partition: SlotPartition?

  /// - Parameters:
  ///   - findsUniqueIDs: whether steps ask for the distinct ids.
  ///   - sort: how they are found.
  ///   - owners: the most owners of ids; 0 for none.
  ///   - queue: that of the operators.
  ///   - transfers: where batches are sent; nil where they are used where they are.
  init(
    layout: BatchLayout, capacity: Int, findsUniqueIDs: Bool, sort: DeviceUniqueIDs.Sort,
    owners: Int, on queue: Queue, transfers: Queue?
  ) throws {
    (self.layout, self.capacity, self.queue) = (layout, capacity, queue)
    memory = try BatchMemory(
      layout: layout, capacity: transfers == nil ? 0 : capacity, in: queue.context)
    transfer = try transfers.map { try BatchTransfer(layout: layout, capacity: capacity, on: $0) }
    slotFields = try Buffer(layout.slotFields.map(Int32.init), on: queue, label: "slot fields")
    let fieldStarts = (0...layout.fields).map { field in
      Int32(layout.slotFields.firstIndex { $0 >= field } ?? layout.slots)
    }
    self.fieldStarts = try Buffer(fieldStarts, on: queue, label: "field starts")
    allSlots = try Buffer([0, Int32(layout.slots)], on: queue, label: "slots")
    foundIDs =
      findsUniqueIDs
      ? try DeviceUniqueIDs(
        places: capacity * layout.slots, features: layout.features, sort, on: queue) : nil
    partition =
      owners == 0
      ? nil
      : try SlotPartition(owners, layout: layout, capacity: capacity, on: queue)
  }

  /// The buffers that are made, see
  /// ``init(layout:capacity:findsUniqueIDs:sort:owners:on:transfers:)``.
  static func counts(
    layout: BatchLayout, capacity: Int, findsUniqueIDs: Bool, sort: DeviceUniqueIDs.Sort,
    owners: Int, isSent: Bool
  ) -> BufferCounts {
    let batch = BatchMemory.counts(layout: layout, capacity: isSent ? capacity : 0)
    var counts: BufferCounts = [
      "slot fields": layout.slots, "field starts": layout.fields + 1, "slots": 2,
    ]
    // Of two batches: one is on its way while the device works on the other.
    counts = batch + (isSent ? batch : [:]) + counts
    if findsUniqueIDs {
      counts =
        counts
        + DeviceUniqueIDs.counts(
          places: capacity * layout.slots, features: layout.features, sort)
    }
    if owners > 0 {
      counts = counts + SlotPartition.counts(owners, layout: layout, capacity: capacity)
    }
    return counts
  }

  /// The distinct ids.
  ///
  /// - Precondition: the input was made for steps that ask for them.
  var unique: DeviceUniqueIDs {
    guard let foundIDs else { preconditionFailure("an input without distinct ids") }
    return foundIDs
  }

  public func countUniqueIDs() throws -> Int { Int(try unique.count.read(0..<1, on: queue)[0]) }

  public func readUniqueIDs() throws -> UniqueIDCounts { try unique.read(on: queue) }

  public func setUniqueIDs(_ ids: UniqueIDCounts, rows: Int) throws {
    precondition(rows <= capacity)
    self.rows = rows
    try unique.write(ids, on: queue)
  }

  /// The most distinct ids that the batch can have: how many there are only the device knows.
  var mostDistinct: Int { min(rows * layout.slots, layout.features) }

  // The arrays of the batch: ids and values, [rows × slots], labels and sample weights, [rows].
  var ids: Buffer<Int32> { memory.ids }
  var values: Buffer<Float> { memory.values }
  var labels: Buffer<Float> { memory.labels }
  var weights: Buffer<Float> { memory.weights }

  /// Makes a batch the one that operators queued from now on read.
  func load(_ batch: Batch, by backend: OpenCLBackend) throws {
    rows = batch.rows
    partition?.isShared = false
    isWeighted = batch.hasWeights
    let weight = batch.totalWeight
    inverseWeight = weight > 0 ? Float(1 / weight) : 0
    if let (lent, first) = batch.placed, let numbers = lent.place as? PinnedNumbers {
      try gather(numbers, from: first, of: lent, by: backend)
    } else if transfer == nil {
      try memory.borrow(batch, on: queue)
    } else {
      try transfer?.send(batch, exchanging: &memory, before: queue)
    }
  }

  /// In the order of the operators: they are done with the batch before, and the rows are as near to the device as a
  /// batch could be.
  private func gather(
    _ wanted: PinnedNumbers, from first: Int, of lent: LentPlace, by backend: OpenCLBackend
  ) throws {
    try gathering.makeRoom()
    try queue.flush()
    let numbers =
      try numbers ?? Buffer(queue.context, count: capacity, label: "numbers of rows")
    self.numbers = numbers
    if let isTaken = try backend.gather(
      wanted, from: first, rows: rows, through: numbers, into: memory)
    {
      gathering.keep(lent, until: isTaken)
    }
  }
}
