/// The distinct ids of a batch, each with the places where it occurs.
///
/// An embedding gradient is summed segment by segment in this order, which makes it the same
/// whatever the number of threads: no atomic additions.
public struct Occurrences: Sendable, Equatable {
  /// The distinct ids, ascending, `count` of them; absent slots are left out.
  public let ids: [Int32]
  /// Where each id's places begin in `positions`; [count + 1].
  public let starts: [Int32]
  /// Places as indices into the batch's [rows × slots], ascending within an id.
  public let positions: [Int32]

  /// The number of distinct ids.
  public var count: Int { ids.count }

  /// No ids at all.
  public init() {
    (ids, starts, positions) = ([], [0], [])
  }

  /// Groups the places of equal ids by a stable radix sort, O(ids × digits).
  /// - Precondition: each id is below `features`, negative ones are absent.
  public init(of batch: [Int32], features: Int) {
    // Id and place in one word: sorted by the id's digits, the places come along.
    let pairs = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 2 * batch.count)
    defer { pairs.deallocate() }
    let (front, back) = (pairs.baseAddress!, pairs.baseAddress! + batch.count)
    var count = 0
    for place in batch.indices where batch[place] >= 0 {
      front[count] = UInt64(batch[place]) << 32 | UInt64(place)
      count += 1
    }
    let bits = Int.bitWidth - max(features - 1, 1).leadingZeroBitCount
    let sorted = Self.sort(front, back, count: count, bits: bits)

    positions = Array(unsafeUninitializedCapacity: count) { target, initialized in
      for index in 0..<count { target[index] = Int32(truncatingIfNeeded: sorted[index]) }
      initialized = count
    }
    // Without branches: every pair overwrites its id's end, and a new id moves on by one.
    var starts: [Int32] = []
    ids = Array(unsafeUninitializedCapacity: count) { ids, distinct in
      starts = Array(unsafeUninitializedCapacity: count + 1) { starts, initialized in
        var (segment, last) = (-1, UInt64.max)
        starts[0] = 0
        for index in 0..<count {
          let id = sorted[index] >> 32
          segment += id == last ? 0 : 1
          ids[segment] = Int32(truncatingIfNeeded: id)
          starts[segment + 1] = Int32(truncatingIfNeeded: index + 1)
          last = id
        }
        distinct = segment + 1
        initialized = segment + 2
      }
    }
    self.starts = starts
  }

  /// Sorts pairs by the lowest `bits` bits of their upper halves, from one buffer into the other and
  /// back; returns the one that holds the result.
  private static func sort(
    _ front: UnsafeMutablePointer<UInt64>, _ back: UnsafeMutablePointer<UInt64>, count: Int,
    bits: Int
  ) -> UnsafeMutablePointer<UInt64> {
    let passes = (bits + 10) / 11
    let digit = (bits + passes - 1) / passes
    let mask = UInt64(1) << digit - 1
    var (from, to) = (front, back)
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 1 << digit) { next in
      for pass in 0..<passes {
        let shift = UInt64(32 + pass * digit)
        next.initialize(repeating: 0)
        for index in 0..<count { next[Int(from[index] >> shift & mask)] &+= 1 }
        var total: Int32 = 0
        for bucket in next.indices { (next[bucket], total) = (total, total + next[bucket]) }
        for index in 0..<count {
          let bucket = Int(from[index] >> shift & mask)
          to[Int(next[bucket])] = from[index]
          next[bucket] &+= 1
        }
        swap(&from, &to)
      }
    }
    return from
  }
}
