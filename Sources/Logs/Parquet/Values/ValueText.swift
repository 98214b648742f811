import Support

/// How a column's values are written as text, and as numbers: as a log in text would have them.
struct ValueText: Sendable {
  private let meaning: ValueMeaning
  /// Whether whole numbers have 32 bits.
  private let isShort: Bool
  /// No number takes more bytes.
  private static let longest = 96

  init(_ column: ParquetColumn) {
    self.init(column.meaning, isShort: column.type == .int32)
  }

  /// - Parameter isShort: whether unsigned numbers come as their lower 32 bits.
  init(_ meaning: ValueMeaning, isShort: Bool = false) {
    (self.meaning, self.isShort) = (meaning, isShort)
  }

  /// Whether values are numbers, and not only texts that may look like some.
  var hasNumbers: Bool { meaning != .bytes && meaning != .uuid }

  /// Whether whole numbers stand for themselves.
  var isPlain: Bool { meaning == .signed || meaning == .unsigned }

  // MARK: Whole numbers

  func write(_ value: Int64, _ text: inout CellText) -> Cell {
    var room = Room(text.reserve(Self.longest))
    switch meaning {
    case .boolean: room.byte(value == 0 ? "0" : "1")
    case .unsigned:
      room.digits(isShort ? UInt64(UInt32(truncatingIfNeeded: value)) : UInt64(bitPattern: value))
    case .decimal(let scale): room.decimal(value < 0, value.magnitude, scale)
    case .date: room.date(value)
    case .time(let perSecond): room.time(value, perSecond)
    case .timestamp(let perSecond, let isUTC):
      let (seconds, fraction) = value.divided(by: Int64(perSecond))
      let (day, second) = seconds.divided(by: 86_400)
      room.date(day)
      room.byte(" ")
      room.time(second &* Int64(perSecond) &+ fraction, perSecond)
      if isUTC { room.byte("Z") }
    default:
      if value < 0 { room.byte("-") }
      room.digits(value.magnitude)
    }
    text.keep(room.count)
    return room.cell
  }

  func number(_ value: Int64) -> Double {
    switch meaning {
    case .unsigned:
      isShort ? Double(UInt32(truncatingIfNeeded: value)) : Double(UInt64(bitPattern: value))
    case .decimal(let scale): Self.decimal(Double(value), scale)
    case .date: Double(value) * 86_400
    case .time(let perSecond), .timestamp(let perSecond, _): Double(value) / Double(perSecond)
    default: Double(value)
    }
  }

  /// Rounded once where both are whole in 53 bits.
  private static func decimal(_ value: Double, _ scale: Int) -> Double {
    var divisor = 1.0
    for _ in 0..<scale { divisor *= 10 }
    return value / divisor
  }

  // MARK: Real numbers

  /// The shortest text that reads back as the same number; nothing for what is none.
  func write(_ value: Double, _ text: inout CellText) -> Cell {
    if value.isNaN { return Cell(start: noBytes, count: 0) }
    let string = meaning == .float ? "\(Float(value))" : "\(value)"
    return Self.keep(string, &text)
  }

  private static func keep(_ string: String, _ text: inout CellText) -> Cell {
    var string = string
    return string.withUTF8 { bytes in
      let room = text.reserve(bytes.count)
      if let base = bytes.baseAddress { room.update(from: base, count: bytes.count) }
      text.keep(bytes.count)
      return Cell(start: UnsafePointer(room), count: bytes.count)
    }
  }

  // MARK: Bytes

  /// The text of a value that is bytes: as it is where it is text, otherwise `0x` and its bytes in hexadecimal.
  @inline(__always)
  func write(_ value: Cell, _ text: inout CellText) throws -> Cell {
    if meaning == .bytes && value.isPlainText { return value }
    return try writeOther(value, &text)
  }

  private func writeOther(_ value: Cell, _ text: inout CellText) throws -> Cell {
    switch meaning {
    case .half:
      let half = Self.half(value)
      return half.isNaN ? Cell(start: noBytes, count: 0) : Self.keep("\(half)", &text)
    case .decimal(let scale): return try Self.decimal(value, scale, &text)
    case .uuid:
      var room = Room(text.reserve(36))
      for index in 0..<16 {
        if [4, 6, 8, 10].contains(index) { room.byte("-") }
        room.hexadecimal(value.start[index])
      }
      text.keep(36)
      return room.cell
    default:
      guard firstNonText(value.bytes) != nil else { return value }
      var room = Room(text.reserve(2 + 2 * value.count))
      room.byte("0")
      room.byte("x")
      for byte in value.bytes { room.hexadecimal(byte) }
      text.keep(room.count)
      return room.cell
    }
  }

  /// The number of a value that is bytes; nil where it must be read from its text.
  func number(_ value: Cell) -> Double? {
    switch meaning {
    case .half: return Double(Self.half(value))
    case .decimal(let scale):
      guard value.count <= 7 else { return nil }
      var number = Int64(value.count > 0 && value.start[0] > 127 ? -1 : 0)
      for byte in value.bytes { number = number << 8 | Int64(byte) }
      return Self.decimal(Double(number), scale)
    default: return nil
    }
  }

  private static func half(_ value: Cell) -> Float16 {
    Float16(bitPattern: UInt16(value.start[0]) | UInt16(value.start[1]) << 8)
  }

  /// A whole number in two's complement, the highest byte first, with some decimals.
  private static func decimal(_ value: Cell, _ scale: Int, _ text: inout CellText) throws -> Cell {
    guard value.count <= 64 else {
      throw ParquetProblem("a decimal of \(value.count) bytes", expected: "64 at most")
    }
    let isNegative = value.count > 0 && value.start[0] > 127
    var digits = value.bytes.map { isNegative ? ~$0 : $0 }
    if isNegative {
      // − x = ~x + 1
      var place = digits.count - 1
      while place >= 0 {
        digits[place] &+= 1
        if digits[place] != 0 { break }
        place -= 1
      }
    }
    // Divided by ten as often as something is left.
    var decimals: [UInt8] = []
    while digits.contains(where: { $0 != 0 }) {
      var rest = 0
      for place in digits.indices {
        let part = rest << 8 | Int(digits[place])
        (digits[place], rest) = (UInt8(part / 10), part % 10)
      }
      decimals.append(UInt8(rest))
    }
    while decimals.count <= scale { decimals.append(0) }
    var room = Room(text.reserve(decimals.count + 2))
    if isNegative { room.byte("-") }
    for place in decimals.indices.reversed() {
      room.digit(decimals[place])
      if place == scale && scale > 0 { room.byte(".") }
    }
    text.keep(room.count)
    return room.cell
  }
}

extension Cell {
  /// Whether it is of ASCII without NUL, as most values are; what is not may still be text.
  @inline(__always)
  fileprivate var isPlainText: Bool {
    @inline(__always) func isPlain(_ word: UInt64) -> Bool {
      let borrow = (word &- 0x0101_0101_0101_0101) & ~word
      return (word | borrow) & 0x8080_8080_8080_8080 == 0
    }
    let start = UnsafeRawPointer(start)
    if count < 8 {
      if count == 0 { return true }
      // Ones in place of what is not there.
      return isPlain(
        ShortText.word(start, count) | 0x0101_0101_0101_0101
          &<< UInt64(truncatingIfNeeded: 8 * count))
    }
    var place = 0
    while place + 8 <= count {
      if !isPlain(start.loadUnaligned(fromByteOffset: place, as: UInt64.self)) { return false }
      place += 8
    }
    return isPlain(start.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
  }
}

extension Int64 {
  /// Quotient and remainder, the latter never negative.
  fileprivate func divided(by divisor: Int64) -> (Int64, Int64) {
    let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
  }
}

/// Text under way.
private struct Room {
  private let start: UnsafeMutablePointer<UInt8>
  private(set) var count = 0

  init(_ start: UnsafeMutablePointer<UInt8>) { self.start = start }

  var cell: Cell { Cell(start: UnsafePointer(start), count: count) }

  mutating func byte(_ character: Unicode.Scalar) {
    start[count] = UInt8(truncatingIfNeeded: character.value)
    count += 1
  }

  mutating func digit(_ digit: UInt8) {
    start[count] = UInt8(ascii: "0") + digit
    count += 1
  }

  mutating func hexadecimal(_ byte: UInt8) {
    for half in [byte >> 4, byte & 15] {
      start[count] = half < 10 ? UInt8(ascii: "0") + half : UInt8(ascii: "a") + half - 10
      count += 1
    }
  }

  /// - Parameter least: how many digits at least.
  mutating func digits(_ number: UInt64, least: Int = 1) {
    var length = 1
    var bound: UInt64 = 10
    while number >= bound {
      length += 1
      let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
      if overflow { break }
      bound = next
    }
    length = max(length, least)
    var rest = number
    for place in stride(from: count + length - 1, through: count, by: -1) {
      start[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += length
  }

  mutating func decimal(_ isNegative: Bool, _ magnitude: UInt64, _ scale: Int) {
    if isNegative { byte("-") }
    let first = count
    digits(magnitude, least: scale + 1)
    if scale > 0 {
      let point = count - scale
      for place in stride(from: count, to: point, by: -1) { start[place] = start[place - 1] }
      start[point] = UInt8(ascii: ".")
      count += 1
    }
    assert(count > first)
  }

  /// A day counted from 1970, of the Gregorian calendar: `2026-11-29`.
  mutating func date(_ day: Int64) {
    // Counted from 1 March of the year 0, so that a leap day is a year's last.
    let (era, dayOfEra) = (day &+ 719_468).divided(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
    if year < 0 { byte("-") }
    digits(year.magnitude, least: 4)
    byte("-")
    digits(UInt64(month < 10 ? month + 3 : month - 9), least: 2)
    byte("-")
    digits(UInt64(dayOfYear - (153 * month + 2) / 5 + 1), least: 2)
  }

  /// `12:30:00`, with a fraction where there is one.
  mutating func time(_ time: Int64, _ perSecond: Int) {
    let (seconds, fraction) = time.divided(by: Int64(perSecond))
    let (days, second) = seconds.divided(by: 86_400)
    _ = days
    digits(UInt64(second / 3_600), least: 2)
    byte(":")
    digits(UInt64(second / 60 % 60), least: 2)
    byte(":")
    digits(UInt64(second % 60), least: 2)
    guard fraction > 0 else { return }
    byte(".")
    digits(UInt64(fraction), least: perSecond == 1_000 ? 3 : perSecond == 1_000_000 ? 6 : 9)
    while start[count - 1] == UInt8(ascii: "0") { count -= 1 }
  }
}
