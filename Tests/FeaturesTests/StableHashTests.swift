import Testing

@testable import Features

/// The values of the reference program; those of XXH64 are in `XXH64Tests`.
@Suite struct StableHashTests {
  @Test(arguments: [
    ("", 0 as UInt32, 0 as UInt32), ("", 1, 0x514E_28B7), ("", 0xFFFF_FFFF, 0x81F1_6F39),
    ("test", 0, 0xBA6B_D213), ("test", 0x9747_B28C, 0x704B_81DC),
    ("Hello, world!", 0, 0xC036_3E43), ("Hello, world!", 0x9747_B28C, 0x2488_4CBA),
    ("The quick brown fox jumps over the lazy dog", 0, 0x2E4F_F723),
    ("The quick brown fox jumps over the lazy dog", 0x9747_B28C, 0x2FA8_26CD),
  ])
  func `murmur 3 is the published function`(text: String, seed: UInt32, hash: UInt32) {
    #expect(Array(text.utf8).withUnsafeBytes { StableHash.murmur3(of: $0, seed: seed) } == hash)
  }

  @Test func `a bucket is the remainder`() {
    let bytes = Array("abc".utf8)
    let bucket = bytes.withUnsafeBytes { StableHash.xxh64.bucket(of: $0, of: 1000) }
    #expect(bucket == Int(0x44BC_2CF5_AD77_0999 % 1000 as UInt64))
  }
}
