import Support

/// Turns UTF-16 into UTF-8. A half of a surrogate pair becomes what is no UTF-8, as does half a
/// character at the end, so that its row, and no other one, cannot be read.
struct UTF16Text {
  private let isBigEndian: Bool
  /// A byte whose other half is still to come.
  private var half: UInt8?
  /// The first half of a surrogate pair.
  private var high: UInt32?

  /// Nil for bytes that do not begin with UTF-16's mark. Four bytes tell it from UTF-32's.
  init?(_ head: [UInt8], _ name: String) throws {
    let isLittle = head.starts(with: [0xFF, 0xFE])
    guard isLittle || head.starts(with: [0xFE, 0xFF]) else { return nil }
    guard head != [0xFF, 0xFE, 0, 0] else {
      throw UserError(
        name, found: "UTF-32", expected: "UTF-8, or UTF-16 with its mark",
        remedy: "convert it: iconv -f UTF-32 -t UTF-8 FILE | deepfm … -")
    }
    isBigEndian = !isLittle
  }

  /// The text of the next bytes; the mark becomes UTF-8's.
  mutating func decode(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    for byte in bytes {
      guard let first = half else {
        half = byte
        continue
      }
      half = nil
      take(
        isBigEndian ? UInt32(first) << 8 | UInt32(byte) : UInt32(byte) << 8 | UInt32(first), &text)
    }
    return text
  }

  private mutating func take(_ unit: UInt32, _ text: inout [UInt8]) {
    if let first = high {
      high = nil
      if 0xDC00...0xDFFF ~= unit {
        Self.append(0x10000 + (first - 0xD800) << 10 + (unit - 0xDC00), &text)
        return
      }
      Self.append(first, &text)
    }
    if 0xD800...0xDBFF ~= unit { high = unit } else { Self.append(unit, &text) }
  }

  /// What is left where the text ends in the middle of a character: no text either.
  mutating func end() -> [UInt8] {
    var text: [UInt8] = []
    if let first = high { Self.append(first, &text) }
    if half != nil { text.append(0xFF) }
    (half, high) = (nil, nil)
    return text
  }

  private static func append(_ scalar: UInt32, _ text: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
    switch scalar {
    case ..<0x80: text.append(UInt8(scalar))
    case ..<0x800: text += [UInt8(0xC0 | scalar >> 6), tail(0)]
    case ..<0x10000: text += [UInt8(0xE0 | scalar >> 12), tail(6), tail(0)]
    default: text += [UInt8(0xF0 | scalar >> 18), tail(12), tail(6), tail(0)]
    }
  }
}
