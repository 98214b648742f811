/// The distinct ids of a batch, each with the places where it occurs.
///
/// An embedding gradient is summed segment by segment in this order, which makes it the same
/// whatever the number of threads: no atomic additions.
public struct Occurrences: Sendable {
  /// The distinct ids, ascending, `count` of them; absent slots are left out.
  public private(set) var ids: [Int32] = []
  /// Where each id's places begin in `positions`; [count + 1].
  public private(set) var starts: [Int32] = [0]
  /// Places as indices into the batch's [rows × slots], ascending within an id.
  public private(set) var positions: [Int32] = []

  /// The number of distinct ids.
  public var count: Int { ids.count }

  /// No ids at all.
  public init() {}

  /// Groups the places of equal ids by a stable radix sort, O(ids × digits).
  public init(of batch: [Int32], features: Int) {
    var keys = [Int32]()
    keys.reserveCapacity(batch.count)
    positions.reserveCapacity(batch.count)
    for (place, id) in batch.enumerated() where id >= 0 {
      keys.append(id)
      positions.append(Int32(place))
    }
    Self.sort(&keys, &positions, bits: features.bitWidth - max(features - 1, 1).leadingZeroBitCount)
    for (place, id) in keys.enumerated() where ids.last != id {
      if place > 0 { starts.append(Int32(place)) }
      ids.append(id)
    }
    if !ids.isEmpty { starts.append(Int32(keys.count)) }
  }

  /// Sorts `keys`, and `places` along with them, by their lowest `bits` bits.
  private static func sort(_ keys: inout [Int32], _ places: inout [Int32], bits: Int) {
    let digit = 11
    var keyBuffer = keys
    var placeBuffer = places
    for shift in stride(from: 0, to: bits, by: digit) {
      var next = [Int](repeating: 0, count: 1 << digit)
      for key in keys { next[Int(key >> shift) & ((1 << digit) - 1)] += 1 }
      var total = 0
      for bucket in next.indices { (next[bucket], total) = (total, total + next[bucket]) }
      for index in keys.indices {
        let bucket = Int(keys[index] >> shift) & ((1 << digit) - 1)
        keyBuffer[next[bucket]] = keys[index]
        placeBuffer[next[bucket]] = places[index]
        next[bucket] += 1
      }
      swap(&keys, &keyBuffer)
      swap(&places, &placeBuffer)
    }
  }
}
