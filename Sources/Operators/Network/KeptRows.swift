import Data
import OpenCL
import Support

/// Where the encoded rows that a network trains on are to lie.
public enum RowPlacement: String, Sendable, CaseIterable {
  /// On a device that has a memory of its own, where they fit beside the network; else on the host.
  case auto
  /// On the device: a batch is gathered there.
  case device
  /// On the host: each batch is sent.
  case host
}

/// The rows of a dataset that a device keeps: batches are sent as the numbers of their rows.
package struct KeptRows: Sendable {
  /// Where loaders leave these numbers.
  package let places: BatchPlaces
  /// What they take of the device's memory, in bytes.
  package let bytes: Int
}

extension MemoryPlan {
  /// Adds the memory of rows.
  package mutating func add(_ rows: KeptRows?, _ label: String) {
    guard let rows else { return }
    add(Entry(label: label, use: .rows, bytes: rows.bytes))
  }
}

extension Network {
  /// Keeps rows on the device for batches to come, where that is wished for and they fit.
  ///
  /// - Parameters:
  ///   - plan: what has the device's memory beside.
  ///   - isNeeded: whether it is an error if they do not fit although they are to be there.
  /// - Returns: nil where batches are to be sent.
  /// - Throws: `UserError` where rows are to be on the device and cannot be; the backend's own error.
  package func keep(
    _ rows: Dataset, beside plan: MemoryPlan, isNeeded: Bool = true
  ) throws -> KeptRows? {
    guard let backend = backend as? OpenCLBackend, rows.rows > 0 else { return nil }
    let wish = backend.rowPlacement
    let isAsked = wish == .device && isNeeded
    guard wish != .host else { return nil }
    guard stored == nil else {
      guard isAsked else { return nil }
      throw UserError.cannotKeepRows(
        found: "tables in several buffers or in the host's memory",
        expected:
          "each in one buffer: rows of other tables travel by the ids of a batch, which the host has to read"
      )
    }
    return try backend.keep(
      rows, capacity: capacity, beside: plan.total, wish, isAsked: isAsked)
  }

  /// Where loaders leave batches that are sent to the device; nil where they are used where they are.
  func makePlaces() -> BatchPlaces? {
    stored == nil
      ? (backend as? OpenCLBackend)?.makePlaces(layout: graph.layout, capacity: capacity) : nil
  }
}

extension OpenCLBackend {
  /// What is left of a device's memory for what no plan knows where nobody has asked for more, as a part of all.
  private static let reserve = 10

  fileprivate func makePlaces(layout: BatchLayout, capacity: Int) -> BatchPlaces? {
    transfers.map { queue in
      BatchPlaces(held: BatchTransfer.limit) {
        try PinnedRows(layout: layout, capacity: capacity, on: queue)
      }
    }
  }

  fileprivate func keep(
    _ rows: Dataset, capacity: Int, beside planned: Int, _ wish: RowPlacement, isAsked: Bool
  ) throws -> KeptRows? {
    guard transfers != nil, wish == .device || !device.hostUnified else {
      guard isAsked else { return nil }
      throw UserError.cannotKeepRows(
        found: "\(device)", expected: "a device that does not work in the host's memory")
    }
    let queue = queue
    func kept(_ rows: DeviceRows) -> KeptRows {
      KeptRows(
        places: BatchPlaces(held: OpenCLInput.stepsAhead) {
          try PinnedNumbers(of: rows, capacity: capacity, on: queue)
        },
        bytes: DeviceRows.bytes(of: rows.dataset))
    }
    if let known = keptRows.lazy.compactMap(\.rows).first(where: { $0.dataset.isSame(as: rows) }) {
      return kept(known)
    }
    let (bytes, limits) = (DeviceRows.bytes(of: rows), memoryLimits)
    let used = max(planned, context.allocatedBytes) + 4 * capacity
    let total = limits.map { wish == .device ? $0.total : $0.total - $0.total / Self.reserve }
    guard used + bytes <= total ?? .max, rows.rows <= Int32.max else {
      guard isAsked else { return nil }
      throw UserError.cannotKeepRows(
        found: "\(mebibytes(bytes)) of rows beside \(mebibytes(used))",
        expected: "at most \(mebibytes(total ?? 0)) in all")
    }
    do {
      let made = try DeviceRows(
        rows, largest: min(limits?.largestAllocation ?? .max, longestPieceOfRows ?? .max),
        on: self.queue)
      try finish()
      try check(made)
      keptRows = keptRows.filter { $0.rows != nil } + [WeakRows(rows: made)]
      return kept(made)
    } catch OpenCLError.call(_, _, _) where !isAsked {
      // Other programs may have what the device says that it has.
      return nil
    }
  }
}

/// Rows that are kept as long as somebody trains on them.
struct WeakRows {
  weak var rows: DeviceRows?
}

extension Dataset {
  /// Whether both have the same rows in memory.
  fileprivate func isSame(as other: Dataset) -> Bool {
    rows == other.rows && segments.elementsEqual(other.segments) { $0 === $1 }
  }
}

extension UserError {
  fileprivate static func cannotKeepRows(found: String, expected: String) -> UserError {
    UserError(
      "--rows-on device", found: found, expected: expected,
      remedy: "choose --rows-on auto, which takes host where they cannot be on the device")
  }
}
