/// How a delimited log departs from what its format says.
public struct Dialect: Sendable, Hashable {
  /// The byte between two cells; nil for the format's.
  public var delimiter: UInt8?
  /// Whether a cell may stand in double quotes; nil for what the format says.
  public var quotes: Bool?

  public init(delimiter: UInt8? = nil, quotes: Bool? = nil) {
    (self.delimiter, self.quotes) = (delimiter, quotes)
  }
}
