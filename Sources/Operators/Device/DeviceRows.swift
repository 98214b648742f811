import Data
import OpenCL

/// The rows of a dataset in a device's memory, in several buffers where they are longer than the largest. A batch is
/// gathered from them by the numbers of its rows.
final class DeviceRows: @unchecked Sendable {
  // Sendable since nothing is written once it is made.

  /// Rows in buffers of their own; in those that the dataset has nothing for there is nothing.
  struct Piece {
    let rows: Range<Int>
    let ids: Buffer<Int32>
    let values, labels, weights: Buffer<Float>
  }

  /// The same rows on the host.
  let dataset: Dataset
  let pieces: [Piece]

  /// The bytes that rows take.
  static func bytes(of dataset: Dataset) -> Int {
    let each =
      dataset.layout.slots * (dataset.layout.weighted ? 2 : 1) + (dataset.hasWeights ? 2 : 1)
    return 4 * each * dataset.rows
  }

  /// Copies the rows, and waits for them.
  ///
  /// - Parameter largest: the largest buffer, in bytes.
  init(_ dataset: Dataset, largest: Int, on queue: Queue) throws {
    let slots = dataset.layout.slots
    let each = max(largest / (4 * slots), 1)
    pieces = try stride(from: 0, to: dataset.rows, by: each).map { first in
      let rows = first..<min(first + each, dataset.rows)
      func buffer<Element: BitwiseCopyable>(_ label: String, _ width: Int) throws -> Buffer<Element>
      {
        try Buffer(queue.context, count: width * rows.count, label: "\(label) of all rows")
      }
      return Piece(
        rows: rows, ids: try buffer("ids", slots),
        values: try buffer("values", dataset.layout.weighted ? slots : 0),
        labels: try buffer("labels", 1), weights: try buffer("weights", dataset.hasWeights ? 1 : 0))
    }
    self.dataset = dataset
    for piece in pieces { try Self.copy(dataset, to: piece, on: queue) }
  }

  private static func copy(_ dataset: Dataset, to piece: Piece, on queue: Queue) throws {
    for (segment, start) in zip(dataset.segments, dataset.starts) {
      let own = piece.rows.clamped(to: start..<start + segment.rows)
      guard !own.isEmpty else { continue }
      func copy<Element: BitwiseCopyable>(
        _ source: UnsafePointer<Element>?, _ target: Buffer<Element>, width: Int = 1
      ) throws {
        guard let source, target.count > 0 else { return }
        try target.write(
          from: UnsafeBufferPointer(
            start: source + (own.lowerBound - start) * width, count: own.count * width),
          at: (own.lowerBound - piece.rows.lowerBound) * width, on: queue)
      }
      try copy(segment.ids, piece.ids, width: dataset.layout.slots)
      try copy(segment.values, piece.values, width: dataset.layout.slots)
      try copy(segment.labels, piece.labels)
      try copy(segment.weights, piece.weights)
    }
  }
}

extension OpenCLBackend {
  /// Queues the gathering of a batch.
  ///
  /// - Parameters:
  ///   - place: has the numbers of its rows, from the `first` on.
  ///   - numbers: where they are sent; operators under way may still read what they were.
  /// - Returns: an event that is complete when the place may be used again; nil where there are no rows.
  func gather(
    _ place: PinnedNumbers, from first: Int, rows: Int, through numbers: OpenCL.Buffer<Int32>,
    into memory: BatchMemory
  ) throws -> Event? {
    let kept = place.rows
    let (slots, isWeighted) = (kept.dataset.layout.slots, kept.dataset.layout.weighted)
    let isTaken = try numbers.write(place.numbers, first..<first + rows, on: queue)
    for piece in kept.pieces {
      try run(
        "gather_rows", of: "kept_rows", items: (rows * slots + 3) / 4,
        [
          "rows": rows, "slots": slots, "numbers": numbers, "begin": piece.rows.lowerBound,
          "count": piece.rows.count, "all_ids": piece.ids, "all_values": piece.values,
          "weighted": isWeighted ? 1 : 0, "all_labels": piece.labels,
          "all_weights": piece.weights, "has_weights": kept.dataset.hasWeights ? 1 : 0,
          "ids": memory.ids, "values": memory.values, "labels": memory.labels,
          "weights": memory.weights,
        ])
    }
    return isTaken
  }

  /// Gathers rows from all over a dataset and compares them with the host's.
  ///
  /// - Throws: `OpenCLError.unsupported` where any differs.
  func check(_ rows: DeviceRows) throws {
    let dataset = rows.dataset
    let count = min(dataset.rows, 4096)
    let wanted = (0..<count).map { $0 * (dataset.rows - 1) / max(count - 1, 1) }
    let place = try PinnedNumbers(of: rows, capacity: count, on: queue)
    place.fill(with: wanted[...], of: dataset)
    let memory = try BatchMemory(layout: dataset.layout, capacity: count, in: context)
    let numbers = try OpenCL.Buffer<Int32>(context, count: count, label: "numbers of rows")
    try gather(place, from: 0, rows: count, through: numbers, into: memory)?.wait()
    let batch = dataset.batch(of: wanted)
    let (ids, labels) = (try memory.ids.read(on: queue), try memory.labels.read(on: queue))
    let values = try batch.values.map { _ in try memory.values.read(on: queue) }
    let weights = try batch.weights.map { _ in try memory.weights.read(on: queue) }
    guard ids == batch.ids, values == batch.values, labels == batch.labels, weights == batch.weights
    else {
      throw OpenCLError.unsupported(
        "rows of the log come back from its memory otherwise than they were put there; train with "
          + "--rows-on host, and please report this with the driver's version, \(device.driverVersion)",
        device: device.name)
    }
  }
}
