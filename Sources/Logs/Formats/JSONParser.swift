/// What is wrong with a JSON text: at which byte, and what was expected.
package struct JSONProblem: Error {
  package var place: Int
  /// What was found; nil for the bytes at the place.
  package var found: String?
  package var expected: String

  package init(place: Int, found: String? = nil, expected: String) {
    (self.place, self.found, self.expected) = (place, found, expected)
  }
}

/// The grammar of JSON (RFC 8259) over the bytes of a line, or of a text of many. Behind it stands a byte
/// that no value may hold, a line end or NUL: so nothing runs over.
package struct JSONParser {
  /// A string between its quotes.
  package struct Text {
    package var start: Int
    package var count: Int
    package var hasEscapes: Bool
    /// The byte behind the closing quote.
    package var next: Int { start + count + 1 }
  }

  /// How many objects and lists may stand in each other.
  private static let deepest = 64

  package let bytes: UnsafePointer<UInt8>
  /// Whether line ends are blanks.
  private let spansLines: Bool

  /// - Parameter spansLines: whether the text may have many lines; NUL then stands behind it.
  package init(_ bytes: UnsafePointer<UInt8>, spansLines: Bool = false) {
    (self.bytes, self.spansLines) = (bytes, spansLines)
  }

  @inline(__always)
  package func skipBlanks(_ start: Int) -> Int {
    var place = start
    while RecordBounds.isBlank(bytes[place]) || spansLines && bytes[place] == UInt8(ascii: "\n") {
      place += 1
    }
    return place
  }

  package func checkDepth(_ depth: Int, _ place: Int) throws {
    guard depth >= Self.deepest else { return }
    throw JSONProblem(
      place: place, found: "more than \(Self.deepest) levels", expected: "fewer objects in objects")
  }

  /// Walks the members of an object.
  ///
  /// - Parameter member: called with a key and the first byte of its value; returns the byte behind
  ///   the value.
  /// - Returns: the byte behind the object.
  @inline(__always)
  package mutating func members(
    at start: Int, _ member: (inout JSONParser, Text, Int) throws -> Int
  ) throws -> Int {
    var place = skipBlanks(start + 1)
    if bytes[place] == UInt8(ascii: "}") { return place + 1 }
    while true {
      guard bytes[place] == UInt8(ascii: "\"") else {
        throw JSONProblem(place: place, expected: "a key in quotes")
      }
      let key = try string(at: place)
      place = skipBlanks(key.next)
      guard bytes[place] == UInt8(ascii: ":") else {
        throw JSONProblem(place: place, expected: "a colon")
      }
      place = skipBlanks(try member(&self, key, skipBlanks(place + 1)))
      if bytes[place] == UInt8(ascii: "}") { return place + 1 }
      guard bytes[place] == UInt8(ascii: ",") else {
        throw JSONProblem(place: place, expected: "a comma or }")
      }
      place = skipBlanks(place + 1)
    }
  }

  /// The byte behind a value of any kind.
  package mutating func skipValue(at start: Int, depth: Int) throws -> Int {
    switch bytes[start] {
    case UInt8(ascii: "\""): return try checked(string(at: start)).next
    case UInt8(ascii: "{"):
      try checkDepth(depth, start)
      return try members(at: start) { parser, key, place in
        _ = try parser.checked(key)
        return try parser.skipValue(at: place, depth: depth + 1)
      }
    case UInt8(ascii: "["):
      try checkDepth(depth, start)
      var place = skipBlanks(start + 1)
      if bytes[place] == UInt8(ascii: "]") { return place + 1 }
      while true {
        place = skipBlanks(try skipValue(at: place, depth: depth + 1))
        if bytes[place] == UInt8(ascii: "]") { return place + 1 }
        guard bytes[place] == UInt8(ascii: ",") else {
          throw JSONProblem(place: place, expected: "a comma or ]")
        }
        place = skipBlanks(place + 1)
      }
    default: return try literal(at: start)
    }
  }

  /// A string; its escapes are not looked at.
  package func string(at quote: Int) throws -> Text {
    var (place, hasEscapes) = (quote + 1, false)
    while true {
      let byte = bytes[place]
      if byte == UInt8(ascii: "\"") { break }
      if byte < 0x20 {
        throw byte == UInt8(ascii: "\n")
          ? JSONProblem(place: place, expected: "a closing quote")
          : JSONProblem(
            place: place, found: "a control character", expected: "an escape as in \\t or \\u0009")
      }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        place += bytes[place + 1] < 0x20 ? 1 : 2
      } else {
        place += 1
      }
    }
    return Text(start: quote + 1, count: place - quote - 1, hasEscapes: hasEscapes)
  }

  /// The byte behind a number, true, false or null.
  package func literal(at start: Int) throws -> Int {
    for word in ["true", "false", "null"] as [StaticString] where bytes[start] == word.utf8Start[0]
    {
      for offset in 0..<word.utf8CodeUnitCount
      where bytes[start + offset] != word.utf8Start[offset] {
        throw JSONProblem(place: start, expected: "\(word)")
      }
      return start + word.utf8CodeUnitCount
    }
    return try number(at: start)
  }

  private func number(at start: Int) throws -> Int {
    func digits(_ start: Int) throws -> Int {
      var place = start
      while bytes[place] &- UInt8(ascii: "0") <= 9 { place += 1 }
      if place == start { throw JSONProblem(place: start, expected: "a value") }
      return place
    }
    var place = bytes[start] == UInt8(ascii: "-") ? start + 1 : start
    // Nothing follows a leading zero.
    place = bytes[place] == UInt8(ascii: "0") ? place + 1 : try digits(place)
    if bytes[place] == UInt8(ascii: ".") { place = try digits(place + 1) }
    if bytes[place] | 0x20 == UInt8(ascii: "e") {
      let sign = bytes[place + 1]
      place = try digits(
        place + (sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? 2 : 1))
    }
    return place
  }
}
