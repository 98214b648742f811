/// Distinct byte strings, numbered in the order of their arrival: open addressing over one arena.
///
/// The hash is fixed, not Swift's own, and never decides an order.
struct ByteTable: Sendable {
  private var arena: [UInt8] = []
  /// Where each string begins; one more for the end.
  private var starts: [Int] = [0]
  /// The high half of the hash, and the number + 1 in the low half; 0 for an empty place.
  private var places = [UInt64](repeating: 0, count: 16)

  var count: Int { starts.count - 1 }

  /// The string of a number.
  subscript(_ number: Int) -> ArraySlice<UInt8> { arena[starts[number]..<starts[number + 1]] }

  /// The number of a string, or nil.
  @inline(__always)
  func find(_ bytes: UnsafeRawBufferPointer) -> Int? {
    let (_, entry) = probe(bytes, hash: Self.hash(bytes))
    return entry == 0 ? nil : Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1
  }

  /// The number of a string, which is added if it is new.
  mutating func insert(_ bytes: UnsafeRawBufferPointer) -> Int {
    let hash = Self.hash(bytes)
    let (place, entry) = probe(bytes, hash: hash)
    if entry != 0 { return Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1 }
    arena.append(contentsOf: bytes)
    starts.append(arena.count)
    places[place] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(count)
    if count * 2 > places.count { grow() }
    return count - 1
  }

  /// The place of a string or of the gap where it would go, and what is there.
  @inline(__always)
  private func probe(
    _ bytes: UnsafeRawBufferPointer, hash: UInt64
  ) -> (place: Int, entry: UInt64) {
    places.withUnsafeBufferPointer { places in
      let mask = places.count - 1
      var place = Int(truncatingIfNeeded: hash >> 32) & mask
      while true {
        let entry = places[place]
        if entry == 0 || (entry ^ hash) >> 32 == 0 && equals(Int(entry & 0xFFFF_FFFF) - 1, bytes) {
          return (place, entry)
        }
        place = (place + 1) & mask
      }
    }
  }

  @inline(__always)
  private func equals(_ number: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = starts[number]
    guard starts[number + 1] - start == bytes.count else { return false }
    return arena.withUnsafeBytes { arena in
      var i = 0
      while i + 8 <= bytes.count {
        if arena.loadUnaligned(fromByteOffset: start + i, as: UInt64.self)
          != bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
        {
          return false
        }
        i += 8
      }
      while i < bytes.count {
        if arena[start + i] != bytes[i] { return false }
        i += 1
      }
      return true
    }
  }

  private mutating func grow() {
    var larger = [UInt64](repeating: 0, count: places.count * 2)
    let mask = larger.count - 1
    for entry in places where entry != 0 {
      var place = Int(truncatingIfNeeded: entry >> 32) & mask
      while larger[place] != 0 { place = (place + 1) & mask }
      larger[place] = entry
    }
    places = larger
  }

  /// Multiplies and folds, eight bytes at a time.
  @inline(__always)
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
      let product = a.multipliedFullWidth(by: b)
      return product.high ^ product.low
    }
    var hash = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    var i = 0
    while i + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      hash = mix(hash ^ UInt64(littleEndian: word), 0xA076_1D64_78BD_642F)
      i += 8
    }
    var tail: UInt64 = 0
    while i < bytes.count {
      tail = tail << 8 | UInt64(bytes[i])
      i += 1
    }
    return mix(hash ^ tail, 0xE703_7ED1_A0B4_28DB)
  }
}
