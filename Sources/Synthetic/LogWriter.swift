import Support

/// Writes rows of a synthetic log as text, into memory of its own that is used again.
struct LogWriter: ~Copyable {
  /// How the rows are written.
  enum Style: Sendable {
    /// With a header line; `time` in seconds comes last where the log has days.
    case csv
    /// Criteo's columns.
    case criteo
  }

  private let log: SyntheticLog
  private let style: Style
  private let names: [[UInt8]]
  private let counts = BucketCounts(buckets: 50)
  private let values: UnsafeMutableBufferPointer<Int>
  private var text: UnsafeMutablePointer<UInt8>
  private var capacity = 1 << 16
  private(set) var count = 0

  /// The most bytes of a value: a name, a number, a delimiter.
  private let longestValue: Int

  init(_ log: SyntheticLog, style: Style) {
    self.log = log
    self.style = style
    names = log.fields.map { Array($0.name.utf8) }
    longestValue = (names.map(\.count).max() ?? 0) + 22
    values = .allocate(capacity: log.fields.count)
    text = .allocate(capacity: capacity)
  }

  deinit {
    values.deallocate()
    text.deallocate()
  }

  /// What was written since the last ``clear()``.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: text, count: count) }

  mutating func clear() { count = 0 }

  /// The header line, empty where the style has none.
  static func header(of log: SyntheticLog, style: Style) -> String {
    guard style == .csv else { return "" }
    return (["label"] + log.fields.map(\.name) + (log.drift == nil ? [] : ["time"]))
      .joined(separator: ",") + "\n"
  }

  /// Appends the row of a number.
  mutating func append(_ number: Int) -> (probability: Double, isClick: Bool) {
    let drawn = log.draw(number, into: values)
    reserve((log.fields.count + 2) * longestValue)
    put(drawn.isClick ? UInt8(ascii: "1") : UInt8(ascii: "0"))
    switch style {
    case .csv:
      for field in values.indices {
        put(UInt8(ascii: ","))
        guard values[field] != SyntheticLog.missing else { continue }
        for byte in names[field] { put(byte) }
        put(decimal: values[field])
      }
      if let drift = log.drift {
        put(UInt8(ascii: ","))
        put(decimal: drift.time(of: number))
      }
    case .criteo:
      for field in values.indices {
        put(UInt8(ascii: "\t"))
        guard values[field] != SyntheticLog.missing else { continue }
        let word = mixed(UInt32(truncatingIfNeeded: values[field]) ^ mixed(UInt32(field + 1)))
        if field < 13 {
          // Which of its bucket's counts it is has no effect, and changes from row to row.
          let draw = mixed(word &+ UInt32(truncatingIfNeeded: number))
          put(decimal: counts.count(of: values[field], draw))
        } else {
          put(hexadecimal: word)
        }
      }
    }
    put(UInt8(ascii: "\n"))
    return drawn
  }

  private mutating func reserve(_ room: Int) {
    guard count + room > capacity else { return }
    capacity = max(capacity * 2, count + room)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: text, count: count)
    text.deallocate()
    text = larger
  }

  @inline(__always)
  private mutating func put(_ byte: UInt8) {
    text[count] = byte
    count += 1
  }

  private mutating func put(decimal number: Int) {
    let start = count
    var rest = number
    repeat {
      put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    var digits = UnsafeMutableBufferPointer(start: text + start, count: count - start)
    digits.reverse()
  }

  private mutating func put(hexadecimal word: UInt32) {
    for shift in stride(from: 28, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: word >> UInt32(shift)) & 0xF
      put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
