extension JSONParser {
  /// A string whose escapes are known to be right.
  package func checked(_ text: Text) throws -> Text {
    guard text.hasEscapes else { return text }
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) {
      _ = try unescape(text, into: $0.baseAddress!, at: 0)
    }
    return text
  }

  /// Writes a string without its escapes.
  ///
  /// - Parameter first: where in `target` to begin; it needs no more room than the string has bytes.
  /// - Returns: the place behind the last byte.
  package func unescape(_ text: Text, into target: UnsafeMutablePointer<UInt8>, at first: Int)
    throws -> Int
  {
    var (from, to) = (text.start, first)
    let limit = text.start + text.count
    while from < limit {
      guard bytes[from] == UInt8(ascii: "\\") else {
        target[to] = bytes[from]
        (from, to) = (from + 1, to + 1)
        continue
      }
      if bytes[from + 1] == UInt8(ascii: "u") {
        let (scalar, next) = try unicode(at: from, limit)
        for byte in UTF8.encode(scalar)! {
          target[to] = byte
          to += 1
        }
        from = next
      } else {
        guard let byte = Self.escaped(bytes[from + 1]) else {
          throw JSONProblem(place: from, expected: "an escape as in \\n, \\\\ or \\u00e9")
        }
        target[to] = byte
        (from, to) = (from + 2, to + 1)
      }
    }
    return to
  }

  private static func escaped(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// The scalar of one escape, or of two that are a surrogate pair.
  private func unicode(at place: Int, _ limit: Int) throws -> (Unicode.Scalar, next: Int) {
    func problem() -> JSONProblem {
      JSONProblem(place: place, expected: "a character's four digits, other than of NUL")
    }
    func unit(at place: Int) throws -> UInt32 {
      guard
        place + 6 <= limit && bytes[place] == UInt8(ascii: "\\")
          && bytes[place + 1] == UInt8(ascii: "u")
      else { throw problem() }
      return try (place + 2..<place + 6).reduce(0) { value, place in
        guard let digit = Character(Unicode.Scalar(bytes[place])).hexDigitValue else {
          throw problem()
        }
        return value << 4 | UInt32(digit)
      }
    }
    let first = try unit(at: place)
    var (value, next) = (first, place + 6)
    if 0xD800..<0xDC00 ~= first {
      let second = try unit(at: next)
      guard 0xDC00..<0xE000 ~= second else { throw problem() }
      (value, next) = (0x10000 + (first - 0xD800) << 10 + (second - 0xDC00), next + 6)
    }
    // NUL is no text.
    guard value != 0, let scalar = Unicode.Scalar(value) else { throw problem() }
    return (scalar, next)
  }
}
