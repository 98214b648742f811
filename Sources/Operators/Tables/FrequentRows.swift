import OpenCL

/// The ids whose rows stay on a device with a memory of its own, of tables that lie in the host's: those that occur most
/// often in the training rows. They do not travel; the host has them as they were until it is asked.
///
/// Which rows they are changes no result, since copies are exact.
final class FrequentRows: @unchecked Sendable {
  /// Ascending; the i-th has row i on the device.
  let ids: [Int32]
  /// Whether the device has the rows, and whether they have changed there since the host had them.
  var isLoaded = false, hasChanged = false
  /// A bit a feature, and how many are set in the words before each.
  private var bits: [UInt64]
  private var before: [Int32] = []

  /// - Parameter ids: ascending, each once.
  init(_ ids: [Int32], features: Int) {
    self.ids = ids
    bits = Array(repeating: 0, count: features / 64 + 1)
    for id in ids { bits[Int(id) / 64] |= 1 << UInt64(id % 64) }
    before.reserveCapacity(bits.count)
    var sum: Int32 = 0
    for word in bits {
      before.append(sum)
      sum += Int32(word.nonzeroBitCount)
    }
  }

  /// The row of an id on the device.
  func row(of id: Int32) -> Int32? {
    let (word, bit) = (bits[Int(id) / 64], UInt64(id % 64))
    guard word >> bit & 1 == 1 else { return nil }
    return before[Int(id) / 64] + Int32((word & (1 << bit - 1)).nonzeroBitCount)
  }

  /// The same rows, those that stay on the device last, with their rows there for their ids.
  func split(_ rows: TravellingRows) -> TravellingRows {
    var (ids, places): ([Int32], [Int32]) = ([], [])
    var (kept, keptPlaces): ([Int32], [Int32]) = ([], [])
    ids.reserveCapacity(rows.ids.count)
    places.reserveCapacity(rows.ids.count)
    for (id, place) in zip(rows.ids, rows.places) {
      if let row = row(of: id) {
        kept.append(row)
        keptPlaces.append(place)
      } else {
        ids.append(id)
        places.append(place)
      }
    }
    return TravellingRows(ids: ids + kept, places: places + keptPlaces, kept: kept.count)
  }

  /// The most rows that are copied at once.
  fileprivate static let piece = 1 << 18
}

extension StoredTables {
  /// The ids whose rows stay on the device.
  var frequent: FrequentRows? { tables.first?.frequent }

  /// The same tables, of which the rows of some ids stay on the device.
  func keeping(_ frequent: FrequentRows) -> StoredTables {
    var same = self
    for index in same.tables.indices { same.tables[index].frequent = frequent }
    return same
  }

  /// How many rows of all tables have room in so many bytes of the device's memory, in buffers of their own.
  func rows(in bytes: Int, largest: Int) -> Int {
    let each = 4 * tables.reduce(0) { $0 + $1.rowWidth }
    let widest = 4 * (tables.flatMap(\.widths).max() ?? 1)
    return max(min(bytes / each, largest / widest), 0)
  }
}

extension [StoredTable] {
  /// Brings the rows that stay on the device there, where it does not have them.
  func bringFrequentRows(_ pass: DevicePass) throws {
    guard let frequent = first?.frequent, !frequent.isLoaded else { return }
    try forEachPiece(frequent) { table, host, ids, first in
      let numbers = host.rows(of: ids)
      var begin = 0
      for (array, width) in table.widths.enumerated() {
        try pass.backend.write(
          [Float](numbers[begin..<begin + ids.count * width]),
          to: pass[.stored(array, piece: 0, of: table.parameter)], at: first * width)
        begin += ids.count * width
      }
    }
    (frequent.isLoaded, frequent.hasChanged) = (true, false)
  }

  /// Brings the rows that have changed on the device to the host.
  func fetchFrequentRows(_ pass: DevicePass) throws {
    guard let frequent = first?.frequent, frequent.hasChanged else { return }
    try forEachPiece(frequent) { table, host, ids, first in
      let numbers = try table.widths.enumerated().flatMap { array, width in
        try pass[.stored(array, piece: 0, of: table.parameter)].read(
          first * width..<(first + ids.count) * width, on: pass.backend.queue)
      }
      numbers.withUnsafeBufferPointer { host.put(ids, from: $0.baseAddress!) }
    }
    frequent.hasChanged = false
  }

  private func forEachPiece(
    _ frequent: FrequentRows,
    _ body: (_ table: StoredTable, _ host: HostTable, _ ids: [Int32], _ first: Int) throws -> Void
  ) throws {
    for table in self {
      guard let host = table.hostTable else { continue }
      for first in stride(from: 0, to: frequent.ids.count, by: FrequentRows.piece) {
        let end = Swift.min(first + FrequentRows.piece, frequent.ids.count)
        try body(table, host, [Int32](frequent.ids[first..<end]), first)
      }
    }
  }
}
