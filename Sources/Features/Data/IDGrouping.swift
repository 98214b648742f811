/// The work of ``Occurrences``: a stable sort of the places of a batch by their ids.
///
/// Ids of different fields lie apart, field after field, so each slot is sorted alone: by one table
/// of counts where its ids lie close together, otherwise by a radix sort, and in a cache either way.
/// Slots whose ids overlap, those of a list or of a shared vocabulary, are sorted together.
struct IDGrouping {
  private let batch: UnsafePointer<Int32>
  private let rows: Int
  private let slots: Int
  private let ids: UnsafeMutablePointer<Int32>
  private let starts: UnsafeMutablePointer<Int32>
  private let positions: UnsafeMutablePointer<Int32>
  /// How many places, and distinct ids, are in their place.
  private(set) var placed = 0
  private(set) var distinct = 0

  /// The most bits of a digit: its table of counts stays in the first cache.
  private static let widestDigit = 12

  /// - Parameters:
  ///   - batch: [rows × slots], negative for absent.
  ///   - ids: room for rows × slots; `positions` likewise, `starts` one more, its first set to 0.
  init(
    _ batch: UnsafePointer<Int32>, rows: Int, slots: Int, ids: UnsafeMutablePointer<Int32>,
    starts: UnsafeMutablePointer<Int32>, positions: UnsafeMutablePointer<Int32>
  ) {
    (self.batch, self.rows, self.slots) = (batch, rows, slots)
    (self.ids, self.starts, self.positions) = (ids, starts, positions)
  }

  mutating func run() {
    let columns = UnsafeMutablePointer<Int32>.allocate(capacity: rows * slots)
    defer { columns.deallocate() }
    let groups = groups(columns)
    let most = rows * (groups.map(\.slots.count).max() ?? 0)
    let pairs = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * most)
    defer { pairs.deallocate() }
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 << Self.widestDigit + 2) { table in
      for group in groups {
        if group.slots.count == 1 && passes(group) == 1 {
          count(group, columns + group.slots.lowerBound * rows, table.baseAddress!)
        } else {
          sort(group, columns, pairs, pairs + most, table.baseAddress!)
        }
      }
    }
  }

  /// Slots whose ids are sorted together, and the span of their ids.
  private struct Group {
    var slots: Range<Int>
    var lowest: Int32
    var highest: Int32
  }

  /// Finds the groups, ascending by their ids, and writes the ids slot by slot, [slots × rows].
  private func groups(_ columns: UnsafeMutablePointer<Int32>) -> [Group] {
    var groups: [Group] = []
    func add(_ slot: Int, _ lowest: Int32, _ highest: Int32) {
      guard highest >= 0 else { return }
      var group = Group(slots: slot..<slot + 1, lowest: lowest, highest: highest)
      while let last = groups.last, last.highest >= group.lowest {
        group.slots = last.slots.lowerBound..<group.slots.upperBound
        group.lowest = min(last.lowest, group.lowest)
        group.highest = max(last.highest, group.highest)
        groups.removeLast()
      }
      groups.append(group)
    }
    // Four slots at once, then those that are left.
    let whole = slots & ~3
    for slot in stride(from: 0, to: whole, by: 4) {
      var lowest = SIMD4<Int32>(repeating: .max)
      var highest = SIMD4<Int32>(repeating: -1)
      var at = UnsafeRawPointer(batch + slot)
      var column = columns + slot * rows
      for _ in 0..<rows {
        let ids = at.loadUnaligned(as: SIMD4<Int32>.self)
        lowest = pointwiseMin(lowest, ids.replacing(with: .max, where: ids .< 0))
        highest = pointwiseMax(highest, ids)
        column[0] = ids[0]
        column[rows] = ids[1]
        column[2 &* rows] = ids[2]
        column[3 &* rows] = ids[3]
        column += 1
        at += 4 * slots
      }
      for lane in 0..<4 { add(slot + lane, lowest[lane], highest[lane]) }
    }
    for slot in whole..<slots {
      var (lowest, highest): (Int32, Int32) = (.max, -1)
      for row in 0..<rows {
        let id = batch[row &* slots &+ slot]
        lowest = min(lowest, id < 0 ? .max : id)
        highest = max(highest, id)
        columns[slot &* rows &+ row] = id
      }
      add(slot, lowest, highest)
    }
    return groups
  }

  /// The number of passes of a radix sort that costs least: a pass touches every place some times,
  /// and its table once.
  private func passes(_ group: Group) -> Int {
    let bits = Self.bits(group)
    func cost(_ passes: Int) -> Int {
      let digit = (bits + passes - 1) / passes
      return digit > Self.widestDigit ? .max : passes * (4 * rows * group.slots.count + 1 << digit)
    }
    return (1...3).min { cost($0) < cost($1) }!
  }

  private static func bits(_ group: Group) -> Int {
    max(Int.bitWidth - Int(group.highest - group.lowest).leadingZeroBitCount, 1)
  }

  /// Sorts one slot by counting. The first and the second half of its rows are counted apart: equal
  /// ids that follow each other closely would have to wait for each other.
  private mutating func count(
    _ group: Group, _ column: UnsafePointer<Int32>, _ table: UnsafeMutablePointer<Int32>
  ) {
    let (half, lowest) = (rows / 2, group.lowest)
    let span = Int(group.highest - lowest) + 1
    let second = column + half
    // The counts of a bucket stand beside each other; absent ids go to the one before the first.
    let next = table + 2
    table.update(repeating: 0, count: 2 * span + 2)
    @inline(__always) func bucket(_ id: Int32) -> Int { 2 &* Int(max(id &- lowest, -1)) }
    for row in 0..<half {
      next[bucket(column[row])] &+= 1
      next[bucket(second[row]) &+ 1] &+= 1
    }
    if rows & 1 == 1 { next[bucket(second[half]) &+ 1] &+= 1 }

    // Without branches: every bucket writes its id, and one that has places moves on by one.
    var end = Int32(truncatingIfNeeded: placed)
    for bucket in 0..<span {
      let (first, both) = (next[2 &* bucket], next[2 &* bucket] &+ next[2 &* bucket &+ 1])
      next[2 &* bucket] = end
      next[2 &* bucket &+ 1] = end &+ first
      end &+= both
      ids[distinct] = lowest &+ Int32(truncatingIfNeeded: bucket)
      starts[distinct &+ 1] = end
      distinct &+= both > 0 ? 1 : 0
    }
    placed = Int(end)

    @inline(__always) func put(_ bucket: Int, _ position: Int) {
      guard bucket >= 0 else { return }
      let place = next[bucket]
      next[bucket] = place &+ 1
      positions[Int(place)] = Int32(truncatingIfNeeded: position)
    }
    var position = group.slots.lowerBound
    let offset = half * slots
    for row in 0..<half {
      put(bucket(column[row]), position)
      put(bucket(second[row]) &+ 1, position &+ offset)
      position &+= slots
    }
    if rows & 1 == 1 { put(bucket(second[half]) &+ 1, position &+ offset) }
  }

  /// Sorts the places of some slots by a radix sort of pairs: the id in the upper half, the place in
  /// the lower one.
  private mutating func sort(
    _ group: Group, _ columns: UnsafePointer<Int32>, _ front: UnsafeMutablePointer<UInt64>,
    _ back: UnsafeMutablePointer<UInt64>, _ next: UnsafeMutablePointer<Int32>
  ) {
    var (from, to) = (front, back)
    let count = pairs(group, columns, into: from)
    let passes = passes(group)
    let digit = (Self.bits(group) + passes - 1) / passes
    let mask = UInt64(1) << digit - 1
    for pass in 0..<passes {
      let shift = UInt64(32 + pass * digit)
      next.update(repeating: 0, count: 1 << digit)
      for index in 0..<count { next[Int(from[index] &>> shift & mask)] &+= 1 }
      var total: Int32 = 0
      for bucket in 0..<1 << digit { (next[bucket], total) = (total, total &+ next[bucket]) }
      for index in 0..<count {
        let pair = from[index]
        let bucket = Int(pair &>> shift & mask)
        let place = next[bucket]
        next[bucket] = place &+ 1
        to[Int(place)] = pair
      }
      swap(&from, &to)
    }

    // Without branches: every pair overwrites its id's end, and a new id moves on by one.
    var (segment, last) = (distinct - 1, UInt64.max)
    for index in 0..<count {
      let id = from[index] &>> 32
      segment &+= id == last ? 0 : 1
      ids[segment] = Int32(truncatingIfNeeded: id) &+ group.lowest
      positions[placed &+ index] = Int32(truncatingIfNeeded: from[index])
      starts[segment &+ 1] = Int32(truncatingIfNeeded: placed &+ index &+ 1)
      last = id
    }
    placed += count
    distinct = segment + 1
  }

  /// Writes the pairs of a group, by rising place, without absent ones; returns their number.
  private func pairs(
    _ group: Group, _ columns: UnsafePointer<Int32>, into pairs: UnsafeMutablePointer<UInt64>
  ) -> Int {
    var count = 0
    @inline(__always) func append(_ id: Int32, _ place: Int) {
      pairs[count] = UInt64(UInt32(bitPattern: id &- group.lowest)) << 32 | UInt64(place)
      count &+= id >= 0 ? 1 : 0
    }
    if group.slots.count == 1 {
      let column = columns + group.slots.lowerBound * rows
      for row in 0..<rows { append(column[row], row &* slots &+ group.slots.lowerBound) }
    } else {
      for row in 0..<rows {
        for slot in group.slots { append(batch[row &* slots &+ slot], row &* slots &+ slot) }
      }
    }
    return count
  }
}
