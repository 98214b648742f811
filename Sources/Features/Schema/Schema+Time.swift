import Support

extension Schema {
  /// Where the time of a row comes from.
  public struct Time: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The column.
    public var column: String
    /// How it is written; nil to tell from the log.
    public var format: TimeFormat?

    /// A time.
    public init(column: String, format: TimeFormat? = nil) {
      self.column = column
      self.format = format
    }

    /// A column of which the log tells how it is written.
    public init(stringLiteral column: String) { self.init(column: column) }
  }
}

/// How a time is written; all times are UTC.
public enum TimeFormat: String, Codable, Sendable, Hashable, CaseIterable {
  /// Seconds since 1970.
  case unix
  /// Milliseconds since 1970.
  case unixMilliseconds = "unix-ms"
  /// Year, month, day and hour in two digits each, as in Avazu's log.
  case yymmddhh
  /// Year in four digits, month and day in two.
  case yyyymmdd
  /// ISO 8601: `2014-10-21`, and behind a blank or `T` hours and minutes, perhaps seconds, perhaps
  /// a fraction of them, perhaps `Z` or an offset as `+02:00`, `+0200` or `+02`.
  case iso
}

/// A category made of a time.
public enum TimePart: String, Codable, Sendable, Hashable, CaseIterable {
  /// 0 to 23.
  case hour
  /// 1 to 7, Monday being 1.
  case weekday
  /// 1 on Saturdays and Sundays, else 0.
  case weekend
}

extension Schema.Time: Codable, StrictlyKeyed {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case column, format
  }

  package static var knownKeys: [String: (any StrictlyKeyed.Type)?] {
    Dictionary(uniqueKeysWithValues: CodingKeys.allCases.map { ($0.rawValue, nil) })
  }

  package static var mayBeScalar: Bool { true }

  /// Reads a column's name, or a mapping of column and format.
  public init(from decoder: any Decoder) throws {
    guard let container = try? decoder.container(keyedBy: CodingKeys.self) else {
      self.init(column: try decoder.singleValueContainer().decode(String.self))
      return
    }
    self.init(
      column: try container.decode(String.self, forKey: .column),
      format: try container.decodeChoice(TimeFormat.self, forKey: .format))
  }
}
