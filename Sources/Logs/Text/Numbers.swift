/// A number of one to eight digits and nothing else, which most are, all digits at a time; nil for
/// anything else.
@inlinable @inline(__always)
package func parseShortWhole(_ bytes: UnsafeRawBufferPointer) -> Double? {
  guard 1...8 ~= bytes.count else { return nil }
  // The last digit highest, zeros in front.
  let missing = UInt64(truncatingIfNeeded: 64 &- 8 &* bytes.count)
  let zeros: UInt64 = 0x3030_3030_3030_3030
  let digits = ShortText.word(bytes) &<< missing | zeros & ~(~0 &<< missing)
  let high = digits & 0xF0F0_F0F0_F0F0_F0F0
  let carried = (digits &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0
  guard high == zeros && carried == zeros else { return nil }
  // Neighbours are joined: to four numbers of two digits, two of four, one of eight.
  let pairs = ((digits & 0x0F0F_0F0F_0F0F_0F0F) &* 2561) >> 8 & 0x00FF_00FF_00FF_00FF
  let fours = (pairs &* 6_553_601) >> 16 & 0x0000_FFFF_0000_FFFF
  return Double(Int64(truncatingIfNeeded: (fours &* 42_949_672_960_001) >> 32))
}

/// A decimal number that a Float can hold; nil for anything else, infinities and NaN included.
package func parseNumber(_ bytes: UnsafeRawBufferPointer) -> Double? {
  var i = 0
  let negative = bytes.first == UInt8(ascii: "-")
  if negative || bytes.first == UInt8(ascii: "+") { i = 1 }
  var mantissa: UInt64 = 0
  var (digits, exponent, sawPoint) = (0, 0, false)
  while i < bytes.count {
    let digit = bytes[i] &- UInt8(ascii: "0")
    if digit <= 9 {
      mantissa = mantissa &* 10 &+ UInt64(digit)
      digits += 1
      if sawPoint { exponent -= 1 }
    } else if bytes[i] == UInt8(ascii: ".") && !sawPoint {
      sawPoint = true
    } else {
      break
    }
    i += 1
  }
  guard digits > 0 else { return nil }
  // Up to 2^53 and 10^22 one division is exactly rounded (Clinger); beyond, the library decides.
  if i == bytes.count && digits <= 15 && exponent >= -22 {
    // Many programs write whole numbers as 5.0.
    while exponent < 0 && mantissa % 10 == 0 {
      mantissa /= 10
      exponent += 1
    }
    let magnitude = exponent == 0 ? Double(mantissa) : Double(mantissa) / powersOfTen[-exponent]
    return negative ? -magnitude : magnitude
  }
  guard
    bytes.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
    let number = Double(String(decoding: bytes, as: UTF8.self)), Float(number).isFinite
  else { return nil }
  return number
}

private let powersOfTen: [Double] = (0...22).map { exponent in
  (0..<exponent).reduce(1) { power, _ in power * 10 }
}

/// A whole number from 0, digits only; nil for anything else and for what is over Int32.max.
package func parseID(_ bytes: UnsafeRawBufferPointer.SubSequence) -> Int32? {
  guard !bytes.isEmpty else { return nil }
  var id = 0
  for byte in bytes {
    let digit = byte &- UInt8(ascii: "0")
    guard digit <= 9 else { return nil }
    id = id * 10 + Int(digit)
    if id > Int32.max { return nil }
  }
  return Int32(id)
}
