import Support

/// A published hash function of bytes, the same on every machine and in every release: it decides
/// the bucket of a hashed value, and is named in the schema.
public enum StableHash: String, Codable, Sendable, Hashable, CaseIterable {
  /// XXH64 with seed 0.
  case xxh64
  /// MurmurHash3_x86_32 with seed 0.
  case murmur3

  /// The hash of some bytes; of murmur3 the upper half is 0.
  package func callAsFunction(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    switch self {
    case .xxh64: XXH64.hash(bytes)
    case .murmur3: UInt64(Self.murmur3(of: bytes))
    }
  }

  /// The bucket of some bytes: the hash modulo the number of buckets.
  @inline(__always)
  func bucket(of bytes: UnsafeRawBufferPointer, of buckets: Int) -> Int {
    Int(truncatingIfNeeded: self(bytes) % UInt64(truncatingIfNeeded: buckets))
  }
}

extension StableHash {
  /// MurmurHash3_x86_32 by Austin Appleby.
  static func murmur3(of bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
    func scrambled(_ word: UInt32) -> UInt32 {
      rotated(word &* 0xCC9E_2D51, 15) &* 0x1B87_3593
    }
    var hash = seed
    var i = 0
    while i + 4 <= bytes.count {
      hash = rotated(hash ^ scrambled(half(bytes, i)), 13) &* 5 &+ 0xE654_6B64
      i += 4
    }
    var tail: UInt32 = 0
    for byte in (i..<bytes.count).reversed() { tail = tail << 8 | UInt32(bytes[byte]) }
    hash ^= scrambled(tail)
    hash ^= UInt32(truncatingIfNeeded: bytes.count)
    hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
    hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
    return hash ^ hash >> 16
  }

  @inline(__always)
  private static func half(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  @inline(__always)
  private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
    word &<< bits | word &>> (32 &- bits)
  }
}
