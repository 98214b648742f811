import Logs

/// Elements of a list in JSON as most clients write them. What is written otherwise is left to those who know all of the
/// grammar, and so is the last element.
extension ValueColumn {
  /// Appends texts without escapes, each with a comma behind it.
  ///
  /// - Returns: the first byte of the element that was not taken.
  func appendPlainTexts(_ bytes: UnsafePointer<UInt8>, from start: Int) -> Int {
    var place = start
    while bytes[place] == UInt8(ascii: "\"") {
      var end = place &+ 1
      while bytes[end] >= 0x20 && bytes[end] != UInt8(ascii: "\"")
        && bytes[end] != UInt8(ascii: "\\")
      {
        end &+= 1
      }
      guard bytes[end] == UInt8(ascii: "\""), bytes[end &+ 1] == UInt8(ascii: ",") else {
        return place
      }
      append(Cell(start: bytes + place + 1, count: end &- place &- 1))
      place = Self.behindComma(bytes, end &+ 1)
    }
    return place
  }

  /// Appends numbers without exponents, and null for a missing one, each with a comma behind it.
  ///
  /// - Parameter whole: whether they may have no point.
  /// - Returns: the first byte of the element that was not taken.
  func appendPlainNumbers(_ bytes: UnsafePointer<UInt8>, from start: Int, whole: Bool) -> Int {
    func isDigit(_ place: Int) -> Bool { bytes[place] &- UInt8(ascii: "0") <= 9 }
    var place = start
    while true {
      var end = bytes[place] == UInt8(ascii: "-") ? place &+ 1 : place
      guard isDigit(end) else {
        guard bytes[place] == UInt8(ascii: "n"), bytes[place &+ 1] == UInt8(ascii: "u"),
          bytes[place &+ 2] == UInt8(ascii: "l"), bytes[place &+ 3] == UInt8(ascii: "l"),
          bytes[place &+ 4] == UInt8(ascii: ",")
        else { return place }
        append(RequestValues.empty)
        place = Self.behindComma(bytes, place &+ 4)
        continue
      }
      // Nothing follows a leading zero.
      if bytes[end] == UInt8(ascii: "0") {
        end &+= 1
      } else {
        while isDigit(end) { end &+= 1 }
      }
      if bytes[end] == UInt8(ascii: "."), !whole {
        end &+= 1
        guard isDigit(end) else { return place }
        while isDigit(end) { end &+= 1 }
      }
      guard bytes[end] == UInt8(ascii: ",") else { return place }
      append(Cell(start: bytes + place, count: end &- place))
      place = Self.behindComma(bytes, end)
    }
  }

  @inline(__always)
  private static func behindComma(_ bytes: UnsafePointer<UInt8>, _ comma: Int) -> Int {
    var place = comma &+ 1
    while bytes[place] == 0x20 || bytes[place] == 0x0A { place &+= 1 }
    return place
  }
}
