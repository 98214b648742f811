import Features
import Glibc

/// Times as a log of requests has them: UTC to a millisecond, `2026-11-29T09:00:00.123Z`.
package enum LogTime {
  /// Milliseconds since 1970, now.
  package static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// A time as text.
  package static func text(_ milliseconds: Int64) -> String {
    var bytes: [UInt8] = []
    write(milliseconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  static func write(_ milliseconds: Int64, to bytes: inout [UInt8]) {
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func digits(_ number: Int, _ count: Int, _ end: StaticString) {
      var power = 1
      for _ in 1..<count { power *= 10 }
      while power > 0 {
        bytes.append(UInt8(ascii: "0") + UInt8(number / power % 10))
        power /= 10
      }
      bytes.append(end)
    }
    digits(Int(parts.tm_year) + 1900, 4, "-")
    digits(Int(parts.tm_mon) + 1, 2, "-")
    digits(Int(parts.tm_mday), 2, "T")
    digits(Int(parts.tm_hour), 2, ":")
    digits(Int(parts.tm_min), 2, ":")
    digits(Int(parts.tm_sec), 2, ".")
    digits(Int(milliseconds % 1000), 3, "Z")
  }

  /// The milliseconds since 1970 of a time by ISO 8601; nil for what is none.
  package static func milliseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
    guard let seconds = TimeFormat.iso.seconds(text) else { return nil }
    var (fraction, unit) = (Int64(0), Int64(100))
    guard text.count > 20, text[19] == UInt8(ascii: ".") else { return seconds * 1000 }
    for byte in text[20...] {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte, unit > 0 else { break }
      fraction += Int64(byte - UInt8(ascii: "0")) * unit
      unit /= 10
    }
    return seconds * 1000 + fraction
  }
}
