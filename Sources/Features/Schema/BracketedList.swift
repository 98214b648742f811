/// A list as programs print it: `[1, 2]`, `['a', 'b']`, `("x",)`, PostgreSQL's `{a,b}`.
struct BracketedList {
  private let bytes: UnsafeRawBufferPointer
  private let separator: UInt8

  /// - Parameter separator: what stands between values, beside blanks.
  init(_ bytes: UnsafeRawBufferPointer, separator: UInt8) {
    var rest = bytes[...]
    Self.trim(&rest)
    if let first = rest.first, let last = rest.last, rest.count > 1, Self.closing(first) == last {
      rest = rest.dropFirst().dropLast()
    }
    self.bytes = UnsafeRawBufferPointer(rebasing: rest)
    self.separator = separator
  }

  /// The bracket that closes one; nil for any other byte.
  static func closing(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "["): UInt8(ascii: "]")
    case UInt8(ascii: "("): UInt8(ascii: ")")
    case UInt8(ascii: "{"): UInt8(ascii: "}")
    default: nil
    }
  }

  /// Calls `body` with each value that is not empty, without blanks and quotes around it. A separator within
  /// quotes is a part of the value.
  func forEach(_ body: (UnsafeRawBufferPointer) -> Void) {
    var place = 0
    while place < bytes.count {
      while place < bytes.count, Self.isBlank(bytes[place]) || bytes[place] == separator {
        place += 1
      }
      guard place < bytes.count else { return }
      var piece: Slice<UnsafeRawBufferPointer>
      let quote = bytes[place]
      let isQuoted = quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
      if isQuoted, let end = bytes[(place + 1)...].firstIndex(of: quote) {
        piece = bytes[(place + 1)..<end]
        place = end + 1
      } else {
        let end = bytes[place...].firstIndex(of: separator) ?? bytes.count
        piece = bytes[place..<end]
        place = end
        Self.trim(&piece)
      }
      if !piece.isEmpty { body(UnsafeRawBufferPointer(rebasing: piece)) }
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
      || byte == UInt8(ascii: "\r")
  }

  private static func trim(_ bytes: inout Slice<UnsafeRawBufferPointer>) {
    while let first = bytes.first, isBlank(first) { bytes.removeFirst() }
    while let last = bytes.last, isBlank(last) { bytes.removeLast() }
  }
}
