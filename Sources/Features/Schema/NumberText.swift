import Logs

/// How numbers are written: with a decimal point, or with a decimal comma.
struct NumberText: Sendable {
  let hasComma: Bool

  /// - Parameter mark: the decimal mark; nil for a point.
  init(decimal mark: String? = nil) { hasComma = mark == "," }

  /// The number, nil for what is none. A point beside decimal commas may be a mark between thousands: such
  /// a number is none.
  @inline(__always)
  func number(_ bytes: UnsafeRawBufferPointer) -> Double? {
    hasComma ? commaNumber(bytes) : parseNumber(bytes)
  }

  private func commaNumber(_ bytes: UnsafeRawBufferPointer) -> Double? {
    guard !bytes.contains(UInt8(ascii: ".")) else { return nil }
    let (comma, point) = (UInt8(ascii: ","), UInt8(ascii: "."))
    return bytes.map { $0 == comma ? point : $0 }.withUnsafeBytes(parseNumber)
  }

  /// The number of a text.
  func number(_ text: String) -> Double? { Array(text.utf8).withUnsafeBytes { number($0) } }
}
