import Data

/// How the features of a batch become rows of windows, which are as long as the most ids that a batch can have: each
/// stretch of features that fields have to themselves has a stretch of window rows, and the batch's ids of it are
/// numbered there in their order. A stretch that is no longer than its window is numbered as it is, and so are those of
/// fields whose features are known by their number elsewhere.
///
/// Order and stretches are kept, so that steps which sum over ids, or look at fields, do on a window what they do on
/// the table, bit for bit.
struct TableWindows: Sendable {
  /// Features that some fields share, and no others have.
  struct Stretch: Sendable {
    let features: Range<Int>
    /// The slots whose ids are among them.
    let slots: [Int]
    /// The window's rows.
    let rows: Range<Int>

    /// Whether each feature has a row of its own for good.
    var isWhole: Bool { rows.count == features.count }
  }

  /// The layout of batches whose ids are rows of windows.
  let layout: BatchLayout
  /// Ascending.
  let stretches: [Stretch]

  /// The least rows of a window: fields with fewer features keep their number, by which dense layers choose how they
  /// multiply, see ``FieldDense``.
  static let fewestRows = 2 * FieldDense.Shape.mostIDsOfField

  /// - Parameters:
  ///   - capacity: the most rows of a batch.
  ///   - kept: fields whose features keep their order and number for good.
  init(_ layout: BatchLayout, capacity: Int, keeping kept: Set<Int> = []) {
    let fields = layout.fieldFeatures ?? Array(repeating: 0..<layout.features, count: layout.fields)
    var joined: [(features: Range<Int>, fields: [Int])] = []
    for field in fields.indices.sorted(by: { fields[$0].lowerBound < fields[$1].lowerBound }) {
      let range = fields[field]
      if let last = joined.last, range.lowerBound < last.features.upperBound, !range.isEmpty {
        joined[joined.count - 1].features =
          last.features.lowerBound..<max(last.features.upperBound, range.upperBound)
        joined[joined.count - 1].fields.append(field)
      } else {
        joined.append((range, [field]))
      }
    }
    var (stretches, next): ([Stretch], Int) = ([], 0)
    for part in joined {
      let slots = layout.slotFields.indices.filter { part.fields.contains(layout.slotFields[$0]) }
      let count =
        kept.isDisjoint(with: part.fields)
        ? min(part.features.count, max(capacity * slots.count, Self.fewestRows))
        : part.features.count
      stretches.append(
        Stretch(features: part.features, slots: slots, rows: next..<next + count))
      next += count
    }
    var windowed = layout
    windowed.features = next
    windowed.fieldFeatures = layout.fieldFeatures.map { all in
      all.indices.map { field in
        let place = joined.firstIndex { $0.fields.contains(field) }!
        let (stretch, range) = (stretches[place], all[field])
        guard stretch.isWhole else { return stretch.rows }
        let shift = stretch.rows.lowerBound - stretch.features.lowerBound
        return range.lowerBound + shift..<range.upperBound + shift
      }
    }
    (self.layout, self.stretches) = (windowed, stretches)
  }
}

/// The rows of tables that a batch works on.
struct TravellingRows: Sendable {
  /// The features, ascending; behind them rows that stay on the device, see ``FrequentRows``, ascending.
  let ids: [Int32]
  /// Their rows in the windows, ascending in both parts.
  let places: [Int32]
  /// How many stay on the device.
  var kept = 0

  /// Those that travel.
  var travelling: [Int32] { kept == 0 ? ids : Array(ids.dropLast(kept)) }

  static let none = TravellingRows(ids: [], places: [])
}

/// Numbers the ids of batches as rows of windows. For one thread at a time.
final class WindowNumbering {
  private let windows: TableWindows
  /// In which batch each window row has last been met.
  private var met: [UInt32]
  private var batch: UInt32 = 0
  /// An open hash table of the ids of a stretch, each with its number.
  private var table: [(id: Int32, number: Int32)] = []
  /// The distinct ids of a stretch, in the upper half, with their numbers, and room to sort them.
  private var found: [UInt64] = []
  private var sorted: [UInt64] = []
  private var ranks: [Int32] = []

  init(_ windows: TableWindows) {
    self.windows = windows
    met = Array(repeating: 0, count: windows.layout.features)
  }

  /// The batch with rows of windows as ids, and the rows that it works on.
  func place(_ batch: Batch) -> (batch: Batch, rows: TravellingRows) {
    self.batch &+= 1
    var (ids, places): ([Int32], [Int32]) = ([], [])
    let numbered = [Int32](unsafeUninitializedCapacity: batch.ids.count) { target, count in
      batch.ids.withUnsafeBufferPointer { from in
        _ = target.initialize(from: from)
        for stretch in windows.stretches {
          if stretch.isWhole {
            shift(stretch, rows: batch.rows, from, target, &ids, &places)
          } else {
            number(stretch, rows: batch.rows, from, target, &ids, &places)
          }
        }
      }
      count = batch.ids.count
    }
    return (batch.numbered(numbered, by: windows.layout), TravellingRows(ids: ids, places: places))
  }

  /// Features whose rows have the same order.
  private func shift(
    _ stretch: TableWindows.Stretch, rows: Int, _ from: UnsafeBufferPointer<Int32>,
    _ target: UnsafeMutableBufferPointer<Int32>, _ ids: inout [Int32], _ places: inout [Int32]
  ) {
    let slots = windows.layout.slots
    let shift = Int32(stretch.rows.lowerBound - stretch.features.lowerBound)
    let current = batch
    met.withUnsafeMutableBufferPointer { met in
      for row in 0..<rows {
        for slot in stretch.slots {
          let place = row * slots + slot, id = from[place]
          guard id >= 0 else { continue }
          target[place] = id + shift
          met[Int(id + shift)] = current
        }
      }
      for row in stretch.rows where met[row] == current {
        ids.append(Int32(row) - shift)
        places.append(Int32(row))
      }
    }
  }

  /// Features whose rows are those of the batch alone.
  private func number(
    _ stretch: TableWindows.Stretch, rows: Int, _ from: UnsafeBufferPointer<Int32>,
    _ target: UnsafeMutableBufferPointer<Int32>, _ ids: inout [Int32], _ places: inout [Int32]
  ) {
    let slots = windows.layout.slots
    var bits = 4
    while 1 << bits < 2 * rows * stretch.slots.count { bits += 1 }
    let size = 1 << bits
    if table.count < size { table = Array(repeating: (-1, 0), count: size) }
    found.removeAll(keepingCapacity: true)
    table.withUnsafeMutableBufferPointer { table in
      table[..<size].update(repeating: (-1, 0))
      for row in 0..<rows {
        for slot in stretch.slots {
          let place = row * slots + slot, id = from[place]
          guard id >= 0 else { continue }
          let hash = (UInt32(bitPattern: id) &* 0x9E37_79B1) >> UInt32(32 - bits)
          var at = Int(truncatingIfNeeded: hash)
          while table[at].id != id && table[at].id >= 0 { at = (at + 1) & (size - 1) }
          if table[at].id < 0 {
            table[at] = (id, Int32(found.count))
            found.append(UInt64(UInt32(bitPattern: id)) << 32 | UInt64(found.count))
          }
          target[place] = table[at].number
        }
      }
    }
    sort(from: stretch.features.lowerBound, below: stretch.features.upperBound)
    if ranks.count < found.count { ranks = Array(repeating: 0, count: found.count) }
    let first = Int32(stretch.rows.lowerBound)
    for (rank, pair) in found.enumerated() {
      ranks[Int(truncatingIfNeeded: pair & 0xFFFF_FFFF)] = first + Int32(rank)
      ids.append(Int32(truncatingIfNeeded: pair >> 32))
      places.append(first + Int32(rank))
    }
    ranks.withUnsafeBufferPointer { ranks in
      for row in 0..<rows {
        for slot in stretch.slots {
          let place = row * slots + slot
          if from[place] >= 0 { target[place] = ranks[Int(target[place])] }
        }
      }
    }
  }

  /// Sorts what was found by its ids, a digit at a time.
  private func sort(from least: Int, below most: Int) {
    guard found.count > 64 else { return found.sort() }
    let digit = 9
    if sorted.count < found.count { sorted = Array(repeating: 0, count: found.count) }
    let count = found.count, base = UInt64(least)
    var shift = 0
    while (most - 1 - least) >> shift > 0 {
      found.withUnsafeMutableBufferPointer { from in
        sorted.withUnsafeMutableBufferPointer { to in
          withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << digit) { next in
            func digitOf(_ pair: UInt64) -> Int {
              Int(truncatingIfNeeded: ((pair >> 32) - base) >> UInt64(shift)) & (1 << digit - 1)
            }
            next.initialize(repeating: 0)
            for i in 0..<count { next[digitOf(from[i])] += 1 }
            var sum = 0
            for d in next.indices { (next[d], sum) = (sum, sum + next[d]) }
            for i in 0..<count {
              let d = digitOf(from[i])
              to[next[d]] = from[i]
              next[d] += 1
            }
            for i in 0..<count { from[i] = to[i] }
          }
        }
      }
      shift += digit
    }
  }
}
