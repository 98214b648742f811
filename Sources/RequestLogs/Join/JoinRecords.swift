/// A line of the log under the hash of its request's id: a request, or what is said of a row of it.
struct IDRecord: SortedRecord {
  enum Kind: UInt8 { case scored, feedback }

  /// 128 bits of hash: two ids in 10¹⁵ share one with a chance of 10⁻⁹.
  var high: UInt64
  var low: UInt64
  /// Milliseconds since 1970.
  var time: Int64
  /// The line's number over all files.
  var ordinal: Int64
  /// How many rows a request has; which row feedback is on, −1 for the only one.
  var row: Int32
  /// −1 for none.
  var place: Int32
  /// 0 for none.
  var propensity: Double
  var kind: UInt8
  /// The event's number, and whether it happened.
  var event: UInt8 = 0
  var outcome: UInt8 = 0

  /// Feedback by another server may be stamped a little before the request it is on.
  static let skew: Int64 = 2000

  private var order: Int64 { kind == Kind.feedback.rawValue ? time + Self.skew : time }

  func isOfSameID(as other: IDRecord) -> Bool { high == other.high && low == other.low }

  func precedes(_ other: IDRecord) -> Bool {
    if high != other.high { return high < other.high }
    if low != other.low { return low < other.low }
    if order != other.order { return order < other.order }
    if kind != other.kind { return kind < other.kind }
    return ordinal < other.ordinal
  }
}

/// What is known of a row of a request, by the request's line.
struct RowRecord: SortedRecord {
  var ordinal: Int64
  /// −1 stands for the whole request, which is not to be written.
  var row: Int32
  var place: Int32 = -1
  var propensity = 0.0
  /// The events of which something was said, and those that happened; a bit each.
  var told: UInt8 = 0
  var happened: UInt8 = 0

  func precedes(_ other: RowRecord) -> Bool {
    ordinal != other.ordinal ? ordinal < other.ordinal : row < other.row
  }
}
