import Features
import OpenCL

/// A batch in the device's memory.
public final class OpenCLInput: BatchInput {
  public private(set) var rows = 0
  public private(set) var distinct = 0

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
  /// The distinct ids, where the places of each begin, and the places.
  private(set) var distinctIds: Buffer<Int32>
  private(set) var starts: Buffer<Int32>
  private(set) var positions: Buffer<Int32>
  private(set) var placeCount = 0
  /// The places of frequent ids cut into pieces: where each begins and ends.
  let pieceBegins: Buffer<Int32>
  let pieceEnds: Buffer<Int32>
  private(set) var pieceCount = 0
  /// These ids: which they are, and where their pieces begin.
  let joinedRanks: Buffer<Int32>
  let joinedStarts: Buffer<Int32>
  private(set) var joinedCount = 0
  /// Who owns which ids; nil where the ids come grouped.
  let ownership: IDOwnership?

  /// The most pieces that the frequent ids can have in `places` places: such an id has more than a
  /// chunk of places, and at most one piece that is not full.
  static func maxJoinedPieces(places: Int) -> Int { 2 * (places / KernelLibrary.chunk) }

  /// - Parameter owners: the most owners of ids; 0 where the ids come grouped.
  init(layout: BatchLayout, capacity: Int, owners: Int, on queue: Queue) throws {
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
    distinctIds = try integers("distinct ids", places)
    starts = try integers("starts of distinct ids", places + 1)
    positions = try integers("positions", places)
    let pieces = Self.maxJoinedPieces(places: capacity * layout.slots)
    pieceBegins = try integers("piece begins", pieces)
    pieceEnds = try integers("piece ends", pieces)
    joinedRanks = try integers("joined ids", pieces / 2)
    joinedStarts = try integers("joined starts", pieces / 2 + 1)
    ownership =
      owners == 0
      ? nil
      : try IDOwnership(owners, layout: layout, capacity: capacity, on: queue)
  }

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
      let before: [any Sendable] = [ids, values, labels, weights, distinctIds, starts, positions]
      try queue.keepAlive(before)
    }
    rows = batch.rows
    distinct = batch.occurrences.count
    ownership?.isShared = false
    isWeighted = batch.weights != nil
    let weight = batch.totalWeight
    inverseWeight = weight > 0 ? Float(1 / weight) : 0
    try take(batch.ids, &ids)
    if let batchValues = batch.values { try take(batchValues, &values) }
    try take(batch.labels, &labels)
    if let batchWeights = batch.weights { try take(batchWeights, &weights) }
    placeCount = batch.occurrences.positions.count
    (pieceCount, joinedCount) = (0, 0)
    guard batch.isGrouped else { return }
    try take(batch.occurrences.ids, &distinctIds)
    try take(batch.occurrences.starts, &starts)
    try take(batch.occurrences.positions, &positions)
    let pieces = Pieces(of: batch.occurrences)
    pieceCount = pieces.begins.count
    joinedCount = pieces.joinedRanks.count
    try pieceBegins.write(pieces.begins, on: queue)
    try pieceEnds.write(pieces.ends, on: queue)
    guard joinedCount > 0 else { return }
    try joinedRanks.write(pieces.joinedRanks, on: queue)
    try joinedStarts.write(pieces.joinedStarts, on: queue)
  }
}

/// The places of each id that has more than a chunk of them cut into pieces of at most a chunk, so
/// that an id which occurs everywhere is not one work-item's work.
private struct Pieces {
  /// Where each piece begins, and where it ends.
  var begins: [Int32] = []
  var ends: [Int32] = []
  var joinedRanks: [Int32] = []
  var joinedStarts: [Int32] = [0]

  init(of occurrences: Occurrences) {
    occurrences.starts.withUnsafeBufferPointer { starts in
      for rank in 0..<occurrences.count {
        let (begin, end) = (Int(starts[rank]), Int(starts[rank + 1]))
        guard end - begin > KernelLibrary.chunk else { continue }
        for start in stride(from: begin, to: end, by: KernelLibrary.chunk) {
          begins.append(Int32(start))
          ends.append(Int32(min(start + KernelLibrary.chunk, end)))
        }
        joinedRanks.append(Int32(rank))
        joinedStarts.append(Int32(begins.count))
      }
    }
  }
}
