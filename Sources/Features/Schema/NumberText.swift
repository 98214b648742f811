import Logs

/// How numbers are written: the mark before decimals, and perhaps one between thousands.
struct NumberText: Sendable {
  /// Whether they are written as ``parseNumber`` reads them.
  private let isPlain: Bool
  private let decimal: UInt8
  /// The bytes of the mark between thousands; empty where there is none.
  private let thousands: [UInt8]

  /// - Parameters:
  ///   - mark: the decimal mark; nil for a point.
  ///   - thousands: the mark between thousands; nil for none.
  init(decimal mark: String? = nil, thousands: String? = nil) {
    decimal = mark?.utf8.first ?? UInt8(ascii: ".")
    self.thousands = thousands.map { Array($0.utf8) } ?? []
    isPlain = decimal == UInt8(ascii: ".") && self.thousands.isEmpty
  }

  /// How numbers of a log are written.
  init(_ schema: Schema) { self.init(decimal: schema.decimal, thousands: schema.thousands) }

  /// The marks between thousands that are known: blanks too narrow to break a line among them.
  static let thousandsMarks = [",", ".", " ", "'", "_", "\u{A0}", "\u{202F}", "’"]

  /// The number, nil for what is none. Beside decimal commas a point is a mark between thousands, or the
  /// text no number.
  @inline(__always)
  func number(_ bytes: UnsafeRawBufferPointer) -> Double? {
    isPlain ? parseNumber(bytes) : markedNumber(bytes)
  }

  private func markedNumber(_ bytes: UnsafeRawBufferPointer) -> Double? {
    let point = UInt8(ascii: ".")
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    // Digits since the last mark between thousands; nil before the first one.
    var (group, place, isWhole) = (Int?.none, 0, true)
    while place < bytes.count {
      let byte = bytes[place]
      if isWhole, !thousands.isEmpty, bytes[place...].starts(with: thousands) {
        let digits = group ?? plain.count { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard group == nil ? 1...3 ~= digits : digits == 3 else { return nil }
        group = 0
        place += thousands.count
        continue
      }
      if byte == decimal {
        guard isWhole, group ?? 3 == 3 else { return nil }
        isWhole = false
        plain.append(point)
      } else {
        guard byte != point else { return nil }
        if isWhole, group != nil {
          guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
          group! += 1
        }
        plain.append(byte)
      }
      place += 1
    }
    guard !isWhole || group ?? 3 == 3 else { return nil }
    return plain.withUnsafeBytes(parseNumber)
  }

  /// The number of a text.
  func number(_ text: String) -> Double? { Array(text.utf8).withUnsafeBytes { number($0) } }
}
