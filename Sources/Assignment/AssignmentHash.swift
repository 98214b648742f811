/// Where a unit lies between 0 and 1, by the hashes that GrowthBook's kits publish with test vectors: any of
/// them in any language assigns the same.
public enum AssignmentHash: Int, Sendable, Codable, CaseIterable {
  /// A thousand places; tests that run one after the other with seeds alike are correlated. For tests
  /// that began with it, and for layers.
  case v1 = 1
  /// Ten thousand places, hashed twice.
  case v2 = 2

  /// `v1`: FNV-1a of value and seed, mod 1,000; `v2`: FNV-1a of the decimal digits of the FNV-1a of seed
  /// and value, mod 10,000.
  ///
  /// - Parameters:
  ///   - unit: the bytes of what is assigned, as of a user's id in UTF-8.
  ///   - seed: the test's own word.
  @inlinable
  public func place(of unit: some Sequence<UInt8>, seed: String) -> Double {
    switch self {
    case .v1:
      let hash = Self.fnv1a(seed.utf8, after: Self.fnv1a(unit))
      return Double(hash % 1000) / 1000
    case .v2:
      let hash = Self.fnv1a(unit, after: Self.fnv1a(seed.utf8))
      return Double(Self.fnv1a(digits: hash) % 10_000) / 10_000
    }
  }

  /// FNV-1a with 32 bits, of bytes behind others.
  @inlinable
  static func fnv1a(_ bytes: some Sequence<UInt8>, after hash: UInt32 = 0x811C_9DC5) -> UInt32 {
    bytes.reduce(hash) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }

  /// FNV-1a of a number's decimal digits.
  @inlinable
  static func fnv1a(digits number: UInt32) -> UInt32 {
    var divisor: UInt32 = 1
    while number / divisor >= 10 { divisor *= 10 }
    var hash: UInt32 = 0x811C_9DC5
    while divisor > 0 {
      hash = (hash ^ (number / divisor % 10 + 0x30)) &* 0x0100_0193
      divisor /= 10
    }
    return hash
  }
}
