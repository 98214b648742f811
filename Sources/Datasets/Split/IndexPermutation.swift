import Random

/// A random order of 0..<count of which each place can be worked out alone: a Feistel network over
/// the next power of four, walked until it falls into the range.
struct IndexPermutation: Sendable {
  private let count: Int
  private let half: UInt64
  private let key: SIMD2<UInt32>
  private let purpose: UInt32

  init(of count: Int, seed: UInt64, purpose: UInt32) {
    self.count = count
    self.purpose = purpose
    let bits = Int.bitWidth - max(count - 1, 1).leadingZeroBitCount
    half = UInt64((bits + 1) / 2)
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// Where a number goes.
  /// - Precondition: it is from 0 to below the count.
  subscript(_ index: Int) -> Int {
    precondition(index >= 0 && index < count)
    let mask = UInt64(1) << half - 1
    var place = UInt64(index)
    repeat {
      var (left, right) = (place >> half, place & mask)
      for round in 0..<6 as Range<UInt32> {
        let words = Philox.block(
          counter: SIMD4(
            UInt32(truncatingIfNeeded: right), UInt32(truncatingIfNeeded: right >> 32), round,
            0x5045_524D ^ purpose), key: key)
        (left, right) = (right, (left ^ UInt64(words.x)) & mask)
      }
      place = left << half | right
    } while place >= UInt64(count)
    return Int(place)
  }
}
