import Features
import OpenCL

/// A batch in the device's memory.
public final class OpenCLInput: BatchInput {
  public private(set) var rows = 0

  /// The batches' layout.
  let layout: BatchLayout
  /// The most rows of a batch.
  let capacity: Int
  /// Ids and values, [rows × slots].
  private(set) var ids: Buffer<Int32>
  private(set) var values: Buffer<Float>
  /// Labels and sample weights, [rows].
  private(set) var labels: Buffer<Float>
  private(set) var weights: Buffer<Float>
  private(set) var isWeighted = false
  /// 1 / Σ weights, or 0 where that is 0.
  private(set) var inverseWeight: Float = 0
  /// The chunks' losses.
  let lossSums: Buffer<Float>
  /// For each slot its field; where each field's slots begin; where the slots begin and end.
  let slotFields: Buffer<Int32>
  let fieldStarts: Buffer<Int32>
  let allSlots: Buffer<Int32>
  /// The distinct ids; nil where no operator asks for them.
  let groups: IDGroups?
  /// Who owns which ids; nil where the device's work-items own none.
  let ownership: IDOwnership?

  /// - Parameters:
  ///   - groupsIds: whether operators ask for the distinct ids.
  ///   - owners: the most owners of ids; 0 for none.
  init(layout: BatchLayout, capacity: Int, groupsIds: Bool, owners: Int, on queue: Queue) throws {
    func integers(_ label: String, _ count: Int) throws -> Buffer<Int32> {
      try Buffer(queue.context, count: count, label: label)
    }
    func floats(_ label: String, _ count: Int) throws -> Buffer<Float> {
      try Buffer(queue.context, count: count, label: label)
    }
    (self.layout, self.capacity) = (layout, capacity)
    // Where host and device share their memory, batches are used where they are.
    let places = queue.context.device.sharesHostMemory ? 0 : capacity * layout.slots
    let samples = queue.context.device.sharesHostMemory ? 0 : capacity
    ids = try integers("ids", places)
    values = try floats("values", layout.weighted ? places : 0)
    labels = try floats("labels", samples)
    weights = try floats("sample weights", samples)
    lossSums = try floats("losses", (capacity + KernelLibrary.chunk - 1) / KernelLibrary.chunk)
    slotFields = try Buffer(layout.slotFields.map(Int32.init), on: queue, label: "slot fields")
    let fieldStarts = (0...layout.fields).map { field in
      Int32(layout.slotFields.firstIndex { $0 >= field } ?? layout.slots)
    }
    self.fieldStarts = try Buffer(fieldStarts, on: queue, label: "field starts")
    allSlots = try Buffer([0, Int32(layout.slots)], on: queue, label: "slots")
    groups = groupsIds ? try IDGroups(places: capacity * layout.slots, on: queue) : nil
    ownership =
      owners == 0
      ? nil
      : try IDOwnership(owners, layout: layout, capacity: capacity, on: queue)
  }

  /// The most distinct ids that the batch can have: how many there are only the device knows.
  var mostDistinct: Int { min(rows * layout.slots, layout.features) }

  /// Queues the transfer of a batch; where memory is shared, the batch stays alive for it instead.
  func load(_ batch: Batch, on queue: Queue) throws {
    func take<Element: BitwiseCopyable & Sendable>(
      _ elements: [Element], _ buffer: inout Buffer<Element>
    ) throws {
      if queue.context.device.sharesHostMemory, !elements.isEmpty {
        buffer = try Buffer(borrowing: elements, in: queue.context, label: buffer.label)
      } else {
        try buffer.write(elements, on: queue)
      }
    }
    if queue.context.device.sharesHostMemory {
      // Steps under way still read the batch before.
      let before: [any Sendable] = [ids, values, labels, weights]
      try queue.keepAlive(before)
    }
    rows = batch.rows
    ownership?.isShared = false
    isWeighted = batch.weights != nil
    let weight = batch.totalWeight
    inverseWeight = weight > 0 ? Float(1 / weight) : 0
    try take(batch.ids, &ids)
    if let batchValues = batch.values { try take(batchValues, &values) }
    try take(batch.labels, &labels)
    if let batchWeights = batch.weights { try take(batchWeights, &weights) }
  }
}
