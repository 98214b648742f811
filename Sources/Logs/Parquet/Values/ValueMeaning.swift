/// What the values of a column with a type stand for.
enum ValueMeaning: Sendable, Hashable {
  case signed, unsigned, boolean, float, double, half
  /// Text, or any bytes.
  case bytes
  case decimal(scale: Int)
  /// Days since 1970.
  case date
  /// Of a day, in units of which a second has so many.
  case time(perSecond: Int)
  /// Since 1970.
  case timestamp(perSecond: Int, isUTC: Bool)
  case uuid
}
