import CXXHash

/// XXH64, a fast hash that is the same on every machine: the checksum of shards and of input files,
/// and a value's bucket where a field is hashed.
///
/// Not cryptographic: it finds damage, not forgery. See xxhash.com for its definition.
package struct XXH64: Sendable {
  private var state = xxh64_state()

  /// The hash of no bytes so far.
  package init(seed: UInt64 = 0) {
    xxh64_reset(&state, seed)
  }

  /// The hash of some bytes.
  @inline(__always)
  package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    xxh64(bytes.baseAddress, bytes.count, seed)
  }

  /// Adds bytes behind those before; how they are cut does not matter.
  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    xxh64_update(&state, start, bytes.count)
  }

  /// The hash of all bytes so far.
  package var value: UInt64 {
    withUnsafePointer(to: state) { xxh64_digest($0) }
  }
}

/// A hash as 16 hexadecimal digits.
package func hexadecimal(_ hash: UInt64) -> String {
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
