import Logs

/// A byte string as tables look it up: hashed once, and whole in one word where it is short.
///
/// It borrows its bytes.
struct ByteKey {
  /// Strings up to this length stand in ``word``.
  static let longestWord = 8

  /// The bytes of a short string, the first one lowest, zeros behind them; 0 for a long one.
  let word: UInt64
  /// Fixed, not Swift's own; it never decides an order.
  let hash: UInt64
  /// The bytes of a long string.
  let start: UnsafeRawPointer?
  let count: Int

  @inline(__always)
  init(_ bytes: UnsafeRawBufferPointer) {
    count = bytes.count
    guard let start = bytes.baseAddress, bytes.count > 0 else {
      (word, hash, self.start) = (0, Self.hash(word: 0, count: 0), nil)
      return
    }
    self.start = start
    if bytes.count <= Self.longestWord {
      word = ShortText.word(start, bytes.count)
      hash = Self.hash(word: word, count: bytes.count)
    } else {
      word = 0
      hash = Self.hash(bytes)
    }
  }

  /// A string of up to eight bytes that is given as its word.
  @inline(__always)
  init(word: UInt64, count: Int) {
    self.word = word
    self.count = count
    hash = Self.hash(word: word, count: count)
    start = nil
  }

  @inline(__always)
  private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }

  @inline(__always)
  private static func hash(word: UInt64, count: Int) -> UInt64 {
    mix(word ^ 0x9E37_79B9_7F4A_7C15, 0xA076_1D64_78BD_642F ^ UInt64(truncatingIfNeeded: count))
  }

  /// Multiplies and folds, eight bytes at a time; the last eight overlap those before them.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    var i = 0
    while i + 8 < bytes.count {
      hash = mix(hash ^ word(bytes, at: i), 0xA076_1D64_78BD_642F)
      i += 8
    }
    return mix(hash ^ word(bytes, at: bytes.count - 8), 0xE703_7ED1_A0B4_28DB)
  }

  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
