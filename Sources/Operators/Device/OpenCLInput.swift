import Features
import OpenCL

/// A batch in the device's memory.
public final class OpenCLInput: BatchInput {
  public private(set) var rows = 0
  public private(set) var distinct = 0

  /// The batches' layout.
  let layout: BatchLayout
  /// Ids and values, [rows × slots].
  let ids: Buffer<Int32>
  let values: Buffer<Float>
  /// Labels and sample weights, [rows].
  let labels: Buffer<Float>
  let weights: Buffer<Float>
  private(set) var isWeighted = false
  /// 1 / Σ weights, or 0 where that is 0.
  private(set) var inverseWeight: Float = 0
  /// The chunks' losses.
  let lossSums: Buffer<Float>
  /// For each slot its field; where each field's slots begin; where the slots begin and end.
  let slotFields: Buffer<Int32>
  let fieldStarts: Buffer<Int32>
  let allSlots: Buffer<Int32>
  /// The distinct ids, and the pieces of their places.
  let distinctIds: Buffer<Int32>
  let positions: Buffer<Int32>
  let pieceStarts: Buffer<Int32>
  let pieceTargets: Buffer<Int32>
  private(set) var pieceCount = 0
  /// The ids that have several pieces: which they are, and where their pieces' sums begin.
  let joinedRanks: Buffer<Int32>
  let joinedStarts: Buffer<Int32>
  private(set) var joinedCount = 0

  /// The most pieces that ids with several pieces can have in `places` places: such an id has more
  /// than a chunk of places, and at most one piece that is not full.
  static func maxJoinedPieces(places: Int) -> Int { 2 * (places / KernelLibrary.chunk) }

  init(layout: BatchLayout, capacity: Int, on queue: Queue) throws {
    func integers(_ label: String, _ count: Int) throws -> Buffer<Int32> {
      try Buffer(queue.context, count: count, label: label)
    }
    func floats(_ label: String, _ count: Int) throws -> Buffer<Float> {
      try Buffer(queue.context, count: count, label: label)
    }
    self.layout = layout
    let places = capacity * layout.slots
    let pieces = places + places / KernelLibrary.chunk
    ids = try integers("ids", places)
    values = try floats("values", layout.weighted ? places : 0)
    labels = try floats("labels", capacity)
    weights = try floats("sample weights", capacity)
    lossSums = try floats("losses", (capacity + KernelLibrary.chunk - 1) / KernelLibrary.chunk)
    slotFields = try Buffer(layout.slotFields.map(Int32.init), on: queue, label: "slot fields")
    let starts = (0...layout.fields).map { field in
      Int32(layout.slotFields.firstIndex { $0 >= field } ?? layout.slots)
    }
    fieldStarts = try Buffer(starts, on: queue, label: "field starts")
    allSlots = try Buffer([0, Int32(layout.slots)], on: queue, label: "slots")
    distinctIds = try integers("distinct ids", places)
    positions = try integers("positions", places)
    pieceStarts = try integers("piece starts", pieces + 1)
    pieceTargets = try integers("piece targets", pieces)
    joinedRanks = try integers("joined ids", places / KernelLibrary.chunk)
    joinedStarts = try integers("joined starts", places / KernelLibrary.chunk + 1)
  }

  /// Queues the transfer of a batch.
  func load(_ batch: Batch, on queue: Queue) throws {
    rows = batch.rows
    distinct = batch.occurrences.count
    isWeighted = batch.weights != nil
    let weight = batch.totalWeight
    inverseWeight = weight > 0 ? Float(1 / weight) : 0
    try ids.write(batch.ids, on: queue)
    if let batchValues = batch.values { try values.write(batchValues, on: queue) }
    try labels.write(batch.labels, on: queue)
    if let batchWeights = batch.weights { try weights.write(batchWeights, on: queue) }

    let pieces = Pieces(of: batch.occurrences)
    pieceCount = pieces.targets.count
    joinedCount = pieces.joinedRanks.count
    try distinctIds.write(batch.occurrences.ids, on: queue)
    try positions.write(batch.occurrences.positions, on: queue)
    try pieceStarts.write(pieces.starts, on: queue)
    try pieceTargets.write(pieces.targets, on: queue)
    try joinedRanks.write(pieces.joinedRanks, on: queue)
    try joinedStarts.write(pieces.joinedStarts, on: queue)
  }
}

/// The places of each distinct id cut into pieces of at most a chunk, so that an id which occurs
/// everywhere is not one work-item's work.
private struct Pieces {
  /// Where each piece begins, and the last ends.
  var starts: [Int32] = []
  /// Where each piece's sum goes; see `sum_pieces` in `embedding.cl`.
  var targets: [Int32] = []
  var joinedRanks: [Int32] = []
  var joinedStarts: [Int32] = [0]

  init(of occurrences: Occurrences) {
    starts.reserveCapacity(occurrences.count + 1)
    targets.reserveCapacity(occurrences.count)
    var joined: Int32 = 0
    for rank in 0..<occurrences.count {
      let begin = occurrences.starts[rank], end = occurrences.starts[rank + 1]
      let isSingle = end - begin <= KernelLibrary.chunk
      for start in stride(from: begin, to: end, by: KernelLibrary.chunk) {
        starts.append(start)
        targets.append(isSingle ? Int32(rank) : -1 - joined)
        if !isSingle { joined += 1 }
      }
      if !isSingle {
        joinedRanks.append(Int32(rank))
        joinedStarts.append(joined)
      }
    }
    starts.append(occurrences.starts.last ?? 0)
  }
}
