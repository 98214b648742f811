import Foundation

/// Numbers as people read them.
enum Numbers {
  /// With so many decimals, and a minus sign of its width.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    let text = String(format: "%.\(digits)f", value)
    // A rounded −0.001 is a plain zero.
    guard text.hasPrefix("-") else { return text }
    return text.contains { ("1"..."9").contains($0) }
      ? "−" + text.dropFirst() : String(text.dropFirst())
  }

  /// With thin spaces between groups of three digits.
  static func grouped(_ value: Int) -> String {
    var digits = Array("\(value.magnitude)")
    var place = digits.count - 3
    while place > 0 {
      digits.insert("\u{202F}", at: place)
      place -= 3
    }
    return (value < 0 ? "−" : "") + String(digits)
  }

  /// As short as an axis wants it: 0.25, 1500, 20 k, 3.5 M, 1e-5.
  static func short(_ value: Double, digits: Int) -> String {
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
  static func trimmed(_ value: Double, _ digits: Int) -> String {
    let text = fixed(value, digits)
    guard text.contains(".") else { return text }
    return String(
      text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
  }

  /// Four significant digits, for tooltips and bar ends.
  static func significant(_ value: Double) -> String {
    let magnitude = abs(value)
    guard magnitude > 0, value.isFinite else { return magnitude == 0 ? "0" : "–" }
    if magnitude >= 1e4 { return short(value, digits: 0) }
    if magnitude < 1e-3 { return String(format: "%.2e", value) }
    let digits = max(0, 3 - Int(log10(magnitude).rounded(.down)))
    return trimmed(value, min(digits, 5))
  }
}
