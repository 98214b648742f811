import Foundation

/// Numbers as people read them.
package enum Numbers {
  /// With so many decimals, and a minus sign of its width.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    let text = String(format: "%.\(digits)f", value)
    // A rounded −0.001 is a plain zero.
    guard text.hasPrefix("-") else { return text }
    return text.contains { ("1"..."9").contains($0) }
      ? "−" + text.dropFirst() : String(text.dropFirst())
  }

  /// With thin spaces between groups of three digits.
  package static func grouped(_ value: Int) -> String {
    var digits = Array("\(value.magnitude)")
    var place = digits.count - 3
    while place > 0 {
      digits.insert("\u{202F}", at: place)
      place -= 3
    }
    return (value < 0 ? "−" : "") + String(digits)
  }

  /// As short as an axis wants it: 0.25, 1500, 20 k, 3.5 M, 1e-5.
  package static func short(_ value: Double, digits: Int) -> String {
    switch abs(value) {
    case 0: "0"
    case 1e9...: trimmed(value / 1e9, 2) + " G"
    case 1e6...: trimmed(value / 1e6, 2) + " M"
    case 1e4...: trimmed(value / 1e3, 2) + " k"
    case ..<1e-4 where digits > 4: String(format: "%.1e", value).replacing(".0e", with: "e")
    default: fixed(value, digits)
    }
  }

  /// With at most so many decimals, none of them a trailing zero.
  package static func trimmed(_ value: Double, _ digits: Int) -> String {
    let text = fixed(value, digits)
    guard text.contains(".") else { return text }
    return String(
      text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
  }

  /// Four significant digits, for tooltips and bar ends.
  package static func significant(_ value: Double) -> String {
    let magnitude = abs(value)
    guard magnitude > 0, value.isFinite else { return magnitude == 0 ? "0" : "–" }
    if magnitude >= 1e4 { return short(value, digits: 0) }
    if magnitude < 1e-3 { return String(format: "%.2e", value) }
    let digits = max(0, 3 - Int(log10(magnitude).rounded(.down)))
    return trimmed(value, min(digits, 5))
  }

  /// In scientific notation with one decimal.
  package static func scientific(_ value: Double) -> String {
    value == 0 ? "0" : String(format: "%.1e", value)
  }

  /// A share of 1 in per cent.
  package static func percent(_ share: Double, _ digits: Int) -> String {
    fixed(100 * share, digits) + " %"
  }

  /// A count a second: 812, 45.1 k, 3.20 M.
  package static func rate(_ perSecond: Double) -> String {
    switch perSecond {
    case ..<1e3: fixed(perSecond, 0)
    case ..<1e6: fixed(perSecond / 1e3, 1) + " k"
    default: fixed(perSecond / 1e6, 2) + " M"
    }
  }

  /// A size: 12.0 KiB, 1.5 GiB.
  package static func bytes(_ count: Int) -> String {
    switch count {
    case ..<1024: "\(count) B"
    case ..<(1 << 20): fixed(Double(count) / 1024, 1) + " KiB"
    case ..<(1 << 30): fixed(Double(count) / 1_048_576, 1) + " MiB"
    default: fixed(Double(count) / 1_073_741_824, 1) + " GiB"
    }
  }

  /// A time: 0.140 s, 3.20 s, 16.6 s, 4:05 min, 1:02:03 h.
  package static func duration(_ seconds: Double) -> String {
    guard seconds >= 60 else {
      return fixed(seconds, seconds < 1 ? 3 : seconds < 10 ? 2 : 1) + " s"
    }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d h", hours, minutes, rest)
      : String(format: "%d:%02d min", minutes, rest)
  }
}
