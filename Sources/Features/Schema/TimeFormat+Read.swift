import Logs

extension TimeFormat {
  /// The seconds since 1970 of a time as it is written, a fraction dropped; nil for what is no such
  /// time.
  package func seconds(_ bytes: UnsafeRawBufferPointer) -> Int64? {
    switch self {
    case .unix: Self.wholeNumber(bytes, scale: 1)
    case .unixMilliseconds: Self.wholeNumber(bytes, scale: 1000)
    case .yymmddhh:
      bytes.count == 8
        ? Self.seconds(
          year: digits(bytes, 0, 2).map { 2000 + $0 }, digits(bytes, 2, 2), digits(bytes, 4, 2),
          hour: digits(bytes, 6, 2)) : nil
    case .yyyymmdd:
      bytes.count == 8
        ? Self.seconds(year: digits(bytes, 0, 4), digits(bytes, 4, 2), digits(bytes, 6, 2)) : nil
    case .iso: Self.isoSeconds(bytes)
    }
  }

  private static func wholeNumber(_ bytes: UnsafeRawBufferPointer, scale: Double) -> Int64? {
    guard let number = parseNumber(bytes), abs(number) < 0x1p53 else { return nil }
    return Int64((number / scale).rounded(.down))
  }

  private static func isoSeconds(_ bytes: UnsafeRawBufferPointer) -> Int64? {
    func isAt(_ place: Int, _ characters: StaticString) -> Bool {
      place < bytes.count
        && (0..<characters.utf8CodeUnitCount).contains { characters.utf8Start[$0] == bytes[place] }
    }
    guard bytes.count >= 10, isAt(4, "-"), isAt(7, "-") else { return nil }
    let day = (digits(bytes, 0, 4), digits(bytes, 5, 2), digits(bytes, 8, 2))
    if bytes.count == 10 { return seconds(year: day.0, day.1, day.2) }
    guard isAt(10, " T"), isAt(13, ":") else { return nil }
    var (place, second) = (16, Int?(0))
    if isAt(place, ":") {
      second = digits(bytes, 17, 2)
      place = 19
      if isAt(place, ".,") {
        repeat { place += 1 } while isAt(place, "0123456789")
      }
    }
    var offset = 0
    if isAt(place, "Z") {
      place += 1
    } else if isAt(place, "+-") {
      // PostgreSQL and DuckDB write hours alone.
      let (hasColon, isHours) = (isAt(place + 3, ":"), place + 3 == bytes.count)
      guard let hours = digits(bytes, place + 1, 2),
        let minutes = isHours ? 0 : digits(bytes, place + (hasColon ? 4 : 3), 2), hours < 24,
        minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (isAt(place, "-") ? -60 : 60)
      place += isHours ? 3 : hasColon ? 6 : 5
    }
    guard place == bytes.count else { return nil }
    return seconds(
      year: day.0, day.1, day.2, hour: digits(bytes, 11, 2), digits(bytes, 14, 2), second
    ).map { $0 - Int64(offset) }
  }

  /// The seconds since 1970; nil where a part is missing or out of its range.
  private static func seconds(
    year: Int?, _ month: Int?, _ day: Int?, hour: Int? = 0, _ minute: Int? = 0, _ second: Int? = 0
  ) -> Int64? {
    guard let year, let month, let day, let hour, let minute, let second, 1...12 ~= month,
      1...31 ~= day, hour < 24, minute < 60, second < 61
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[month - 1] else { return nil }
    // Days since 1970 of the Gregorian calendar, the year beginning in March.
    let march = month > 2 ? year : year - 1
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let days = 365 * march + march / 4 - march / 100 + march / 400 + dayOfYear - 719_468
    return Int64(((days * 24 + hour) * 60 + minute) * 60 + second)
  }
}

/// A number of a fixed count of digits, nil where there are others.
private func digits(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> Int? {
  guard start + count <= bytes.count else { return nil }
  var number = 0
  for place in start..<start + count {
    let digit = bytes[place] &- UInt8(ascii: "0")
    guard digit <= 9 else { return nil }
    number = number * 10 + Int(digit)
  }
  return number
}

extension TimePart {
  /// The category of a time.
  func value(of seconds: Int64) -> Int {
    let (day, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let isBefore = rest < 0
    switch self {
    case .hour: return Int(isBefore ? rest + 86_400 : rest) / 3600
    case .weekday, .weekend:
      // 1970 began on a Thursday.
      let since = (Int(isBefore ? day - 1 : day) + 3) % 7
      let weekday = (since < 0 ? since + 7 : since) + 1
      return self == .weekday ? weekday : weekday > 5 ? 1 : 0
    }
  }

  /// The category of a time as text.
  func text(of seconds: Int64) -> UnsafeRawBufferPointer {
    let value = value(of: seconds)
    let width = value < 10 ? 1 : 2
    let digits = UnsafeRawPointer(Self.twoDigits.utf8Start) + 2 * value + 2 - width
    return UnsafeRawBufferPointer(start: digits, count: width)
  }

  private static let twoDigits: StaticString = "000102030405060708091011121314151617181920212223"
}
