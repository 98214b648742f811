import CIntrinsics
import Glibc

/// Which of sixteen bytes are a certain one: a bit for each, that of the first byte lowest.
enum ByteMask {
  /// How many bytes are looked at together: so many can be read from any offset.
  static let size = 16
  static let newline = UInt8(ascii: "\n")
  static let quote = UInt8(ascii: "\"")

  /// The places of a byte from an offset on.
  @inline(__always)
  static func matches(_ byte: UInt8, _ bytes: UnsafePointer<UInt8>, _ offset: Int) -> UInt32 {
    matching_bytes(bytes + offset, byte)
  }
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
