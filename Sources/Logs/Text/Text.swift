/// The first byte that is NUL or not UTF-8.
package func firstNonText(_ bytes: UnsafeRawBufferPointer) -> (offset: Int, isNUL: Bool)? {
  var i = 0
  while i < bytes.count {
    // Eight ASCII bytes without NUL at once: no high bit, and no borrow from a zero byte.
    if i + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      let borrow = (word &- 0x0101_0101_0101_0101) & ~word
      if (word | borrow) & 0x8080_8080_8080_8080 == 0 {
        i += 8
        continue
      }
    }
    if bytes[i] == 0 { return (i, true) }
    let length = lengthOfScalar(bytes, i)
    if length == 0 { return (i, false) }
    i += length
  }
  return nil
}

/// How many bytes the UTF-8 scalar at a place has, 0 if there is none.
private func lengthOfScalar(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Int {
  let lead = bytes[place]
  /// Whether the byte so many places on is there and within bounds.
  func has(_ offset: Int, _ bounds: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
    place + offset < bytes.count && bounds ~= bytes[place + offset]
  }
  // The bounds of the second byte keep out what has a shorter form, surrogates, and over 10FFFF.
  switch lead {
  case ..<0x80: return 1
  case 0xC2...0xDF: return has(1) ? 2 : 0
  case 0xE0: return has(1, 0xA0...0xBF) && has(2) ? 3 : 0
  case 0xED: return has(1, 0x80...0x9F) && has(2) ? 3 : 0
  case 0xE1...0xEF: return has(1) && has(2) ? 3 : 0
  case 0xF0: return has(1, 0x90...0xBF) && has(2) && has(3) ? 4 : 0
  case 0xF1...0xF3: return has(1) && has(2) && has(3) ? 4 : 0
  case 0xF4: return has(1, 0x80...0x8F) && has(2) && has(3) ? 4 : 0
  default: return 0
  }
}
