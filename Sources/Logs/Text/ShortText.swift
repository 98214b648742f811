/// Texts of up to eight bytes as words.
@usableFromInline package enum ShortText {
  /// Up to 8 bytes in a word, the first one lowest, zeros behind them.
  @inlinable @inline(__always)
  package static func word(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return 0 }
    return word(start, bytes.count)
  }

  /// 1 to 8 bytes in a word, read without a loop: the parts overlap where they must.
  @inlinable @inline(__always)
  package static func word(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
    if count == 8 { return UInt64(littleEndian: start.loadUnaligned(as: UInt64.self)) }
    if count >= 4 {
      let low = UInt32(littleEndian: start.loadUnaligned(as: UInt32.self))
      let high = UInt32(
        littleEndian: start.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
      return UInt64(low) | UInt64(high) << UInt64(truncatingIfNeeded: 8 * (count - 4))
    }
    let (first, middle, last) = (
      start.load(as: UInt8.self), start.load(fromByteOffset: count / 2, as: UInt8.self),
      start.load(fromByteOffset: count - 1, as: UInt8.self)
    )
    return UInt64(first) | UInt64(middle) &<< UInt64(truncatingIfNeeded: 8 * (count / 2))
      | UInt64(last) &<< UInt64(truncatingIfNeeded: 8 * (count - 1))
  }
}
