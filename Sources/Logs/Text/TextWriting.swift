extension [UInt8] {
  /// Appends a string of JSON; the bytes are UTF-8.
  package mutating func append(json bytes: UnsafeRawBufferPointer) {
    let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
    append(quote)
    if bytes.allSatisfy({ $0 >= 0x20 && $0 != quote && $0 != backslash }) {
      append(contentsOf: bytes)
    } else {
      for byte in bytes {
        switch byte {
        case quote, backslash:
          append(backslash)
          append(byte)
        case ..<0x20:
          self += (byte < 16 ? "\\u000" : "\\u00").utf8
          self += String(byte, radix: 16).utf8
        default: append(byte)
        }
      }
    }
    append(quote)
  }

  /// Appends a string of JSON.
  package mutating func append(json text: String) {
    var text = text
    text.withUTF8 { append(json: UnsafeRawBufferPointer($0)) }
  }

  /// Appends a cell of delimited text as RFC 4180 has it: in double quotes, its own doubled, where it holds the
  /// delimiter, a quote or the end of a line.
  ///
  /// - Parameter quotes: whether a cell may stand in quotes; where not, a quote is a byte like any other.
  /// - Returns: false where it needs quotes and may have none, and then nothing was appended.
  @discardableResult
  package mutating func append(
    cell bytes: UnsafeRawBufferPointer, delimiter: UInt8 = UInt8(ascii: ","), quotes: Bool = true
  ) -> Bool {
    let quote = UInt8(ascii: "\"")
    let isPlain = bytes.allSatisfy {
      $0 != delimiter && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r")
        && !(quotes && $0 == quote)
    }
    if isPlain {
      append(contentsOf: bytes)
      return true
    }
    guard quotes else { return false }
    append(quote)
    for byte in bytes {
      if byte == quote { append(quote) }
      append(byte)
    }
    append(quote)
    return true
  }

  /// Appends a cell of CSV.
  package mutating func append(cell text: String) {
    var text = text
    _ = text.withUTF8 { append(cell: UnsafeRawBufferPointer($0)) }
  }
}
