import Support
import Testing

@Suite struct XXH64Tests {
  /// Hashes of the first bytes of 3, 10, 17, … as the reference implementation gives them.
  static let known: [(count: Int, seed: UInt64, hash: UInt64)] = [
    (0, 0, 0xEF46_DB37_51D8_E999), (0, 99, 0x4BD2_F5DA_96D1_70FA),
    (1, 0, 0x1F25_C8D0_BC1F_4BB6), (1, 99, 0x2152_154E_9B45_4324),
    (3, 0, 0x31D2_363F_52E5_64C9), (3, 99, 0xE560_7973_6153_7806),
    (4, 0, 0x9BB6_4B7D_66EE_9FDA), (4, 99, 0xCDDA_3B6C_ECA5_EF65),
    (7, 0, 0x9A7B_1499_59CE_60D8), (7, 99, 0x8B40_FA0E_386B_7C36),
    (8, 0, 0xDAB9_9D95_C6F9_0092), (8, 99, 0x0FD8_69AD_98BB_1ADC),
    (31, 0, 0xA2AA_5F33_CC4A_6119), (31, 99, 0x1B46_9C83_91A0_B65D),
    (32, 0, 0x23C3_C17E_F790_FD97), (32, 99, 0xDD29_A1AE_6527_36B5),
    (33, 0, 0x50A7_CFC7_BA58_8784), (33, 99, 0x3A32_AEF9_5331_A47C),
    (63, 0, 0x5E3E_54B4_31C7_493C), (63, 99, 0xD900_5C0C_B401_D4AA),
    (64, 0, 0x0EB6_4B3E_F6EE_B01F), (64, 99, 0xEC25_6ABE_1AF3_D1AA),
    (100, 0, 0xA61F_8D4C_170F_E531), (100, 99, 0xA957_B034_4A2B_2EBB),
  ]

  @Test(arguments: known) func `the hash is the references`(count: Int, seed: UInt64, hash: UInt64)
  {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
    #expect(bytes.withUnsafeBytes { XXH64.hash($0, seed: seed) } == hash)
    // However the bytes are cut.
    for step in [1, 5, 31, 32, 40] {
      var hasher = XXH64(seed: seed)
      for start in stride(from: 0, to: count, by: step) {
        bytes[start..<min(start + step, count)].withUnsafeBytes { hasher.add($0) }
      }
      #expect(hasher.value == hash)
    }
  }
}
