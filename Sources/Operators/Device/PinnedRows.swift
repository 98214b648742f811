import Data
import OpenCL

/// The rows of a batch on their way to a device, in pinned memory.
final class PinnedRows: BatchPlace {
  let ids: HostMemory<Int32>
  let values, labels, weights: HostMemory<Float>

  /// - Parameter queue: that they are sent on.
  init(layout: BatchLayout, capacity: Int, on queue: Queue) throws {
    ids = try HostMemory(pinned: capacity * layout.slots, on: queue)
    values = try HostMemory(pinned: layout.weighted ? capacity * layout.slots : 0, on: queue)
    labels = try HostMemory(pinned: capacity, on: queue)
    weights = try HostMemory(pinned: capacity, on: queue)
  }

  var readsRows: Bool { true }

  func fill(with rows: ArraySlice<Int>, of dataset: Dataset) {
    dataset.copy(
      rows, ids: ids.elements.baseAddress!, values: values.elements.baseAddress,
      labels: labels.elements.baseAddress!, weights: weights.elements.baseAddress)
  }

  /// Copies a batch.
  func fill(with batch: Batch) {
    ids.copy(batch.ids)
    if let numbers = batch.values { values.copy(numbers) }
    labels.copy(batch.labels)
    if let numbers = batch.weights { weights.copy(numbers) }
  }
}

/// The numbers of rows that a device keeps, in pinned memory.
final class PinnedNumbers: BatchPlace {
  let numbers: HostMemory<Int32>
  /// The rows that they mean.
  let rows: DeviceRows

  init(of rows: DeviceRows, capacity: Int, on queue: Queue) throws {
    numbers = try HostMemory(pinned: capacity, on: queue)
    self.rows = rows
  }

  var readsRows: Bool { false }

  func fill(with rows: ArraySlice<Int>, of dataset: Dataset) {
    for (place, row) in rows.enumerated() { numbers.elements[place] = Int32(row) }
  }
}

/// Places whose contents a device may not have taken yet.
struct SentPlaces {
  /// How far the host may be ahead.
  let limit: Int
  private var sent: [(isTaken: Event, place: LentPlace)] = []

  init(limit: Int) { self.limit = limit }

  /// Waits where the host would be too far ahead.
  mutating func makeRoom() throws {
    guard sent.count >= limit else { return }
    try sent[0].isTaken.wait()
    // Not before: loaders fill what nobody holds.
    sent.removeFirst()
  }

  /// Keeps a place until the event.
  mutating func keep(_ place: LentPlace, until isTaken: Event) { sent.append((isTaken, place)) }
}
