import Glibc

/// Eight bytes looked at together.
enum ByteWord {
  static let newline = spread(UInt8(ascii: "\n"))
  static let quote = spread(UInt8(ascii: "\""))

  /// A byte in all eight places.
  static func spread(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// Eight bytes, the first one lowest.
  @inline(__always)
  static func load(_ bytes: UnsafePointer<UInt8>, _ offset: Int) -> UInt64 {
    UInt64(
      littleEndian: UnsafeRawPointer(bytes + offset).loadUnaligned(as: UInt64.self))
  }

  /// The high bit of each byte that equals the one spread in `pattern`, and no other bit.
  @inline(__always)
  static func matches(_ word: UInt64, _ pattern: UInt64) -> UInt64 {
    let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    let difference = word ^ pattern
    // A byte that is not 0 gets its high bit from the addition or has it already; nothing carries.
    return ~(((difference & low) &+ low) | difference | low)
  }

  /// Which byte the lowest match is.
  @inline(__always)
  static func first(_ matches: UInt64) -> Int { matches.trailingZeroBitCount >> 3 }
}

extension UnsafePointer<UInt8> {
  /// The first place of a byte in a range, or nil.
  @inline(__always)
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    memchr(self + range.lowerBound, Int32(byte), range.count).map {
      UnsafeRawPointer($0) - UnsafeRawPointer(self)
    }
  }

  /// How many line breaks a range holds.
  func newlines(in range: Range<Int>) -> Int {
    var (count, next) = (0, range.lowerBound)
    while let place = firstIndex(of: UInt8(ascii: "\n"), in: next..<range.upperBound) {
      (count, next) = (count + 1, place + 1)
    }
    return count
  }
}
