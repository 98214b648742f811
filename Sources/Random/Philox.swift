/// Philox4x32-10, the counter-based random number generator of Salmon et al. (SC11).
///
/// Every random number of the project is a pure function of a key (the seed and what the number is
/// for) and a counter (which number it is). The order in which work is done, the number of threads
/// and the device therefore never change a result. The same function stands in
/// `Kernels/philox.cl`.
package enum Philox {
  /// The four random words of one counter under one key.
  @inlinable
  package static func block(
    counter: SIMD4<UInt32>, key: SIMD2<UInt32>
  ) -> SIMD4<UInt32> {
    var (c, k) = (counter, key)
    for _ in 0..<10 {
      let p0 = UInt64(0xD251_1F53) * UInt64(c.x)
      let p1 = UInt64(0xCD9E_8D57) * UInt64(c.z)
      c = SIMD4(
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c.y ^ k.x, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c.w ^ k.y, UInt32(truncatingIfNeeded: p0))
      k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return c
  }
}
