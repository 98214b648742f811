/// Where the records of a text end: all that cutting a log into blocks needs to know of its format.
public struct RecordBounds: Sendable {
  /// The byte between two cells where cells may stand in double quotes (RFC 4180), with line breaks and
  /// `""` inside; nil where a record is a line, whatever stands in it.
  package let quotedDelimiter: UInt8?
  /// Whether a line of blanks alone is no record, and not only an empty one.
  package let skipsBlanks: Bool

  /// The byte that begins a comment to the line's end: a line of nothing else is no record either. Only
  /// where ``skipsBlanks``.
  package let comment: UInt8?

  package init(
    quotedDelimiter: UInt8? = nil, skipsBlanks: Bool = false, comment: UInt8? = nil
  ) {
    (self.quotedDelimiter, self.skipsBlanks) = (quotedDelimiter, skipsBlanks)
    self.comment = comment
  }

  /// A record a line; empty lines are none.
  public static let lines = RecordBounds()
  /// A record a line; lines of blanks alone are none.
  public static let visibleLines = RecordBounds(skipsBlanks: true)
  /// The same with comments behind a `#`, as svmlight's.
  package static let commentedLines = RecordBounds(skipsBlanks: true, comment: UInt8(ascii: "#"))

  /// Whether a record without its line end is a blank line, which is no record.
  @inline(__always)
  func isBlank(_ bytes: UnsafePointer<UInt8>, _ range: Range<Int>) -> Bool {
    if !skipsBlanks {
      return range.isEmpty || (range.count == 1 && bytes[range.lowerBound] == UInt8(ascii: "\r"))
    }
    var place = range.lowerBound
    while place < range.upperBound {
      if !Self.isBlank(bytes[place]) { return bytes[place] == comment }
      place += 1
    }
    return true
  }

  /// Blank, tab or carriage return.
  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}
