import Foundation
import Reports
import Support

/// How reports word their numbers.
enum Words {
  /// With so many decimals.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value).replacing("-", with: "−")
  }

  /// A mean with its deviation, a cell that sorts by the mean.
  static func cell(_ spread: Spread?, digits: Int) -> Report.Table.Cell {
    guard let spread else { return "–" }
    return .text(Report.Text(text(spread, digits: digits)), sortedBy: spread.mean)
  }

  static func text(_ spread: Spread, digits: Int) -> String {
    fixed(spread.mean, digits) + (spread.deviation.map { " ± \(fixed($0, digits))" } ?? "")
  }

  /// A p-value: two digits that count, and an upper bound for what is tiny.
  static func p(_ value: Double) -> String {
    value < 1e-4 ? "< 0.0001" : fixed(value, value < 0.01 ? 4 : 3)
  }

  /// A p-value in a sentence.
  static func pPhrase(_ value: Double) -> String {
    value < 1e-4 ? "p < 0.0001" : "p = \(p(value))"
  }

  /// What was trained on.
  static func data(_ data: DataDescription) -> Report.Text {
    """
    \(count: data.trainingRows) training, \(count: data.validationRows) validation and \
    \(count: data.testRows) test rows, \(data.fields) fields, \(count: data.features) features; \
    fingerprint of the encoded rows \(code: data.fingerprint). From \
    \(data.names.joined(separator: ", ")).
    """
  }

  /// A count a second.
  static func rate(_ perSecond: Double) -> String {
    switch perSecond {
    case ..<1e3: fixed(perSecond, 0)
    case ..<1e6: fixed(perSecond / 1e3, 1) + " k"
    default: fixed(perSecond / 1e6, 2) + " M"
    }
  }

  /// A time that sorts by its seconds.
  static func seconds(_ spread: Spread?) -> Report.Table.Cell {
    guard let spread else { return "–" }
    return .text(Report.Text(duration(spread.mean)), sortedBy: spread.mean)
  }

  /// A time: 0.14 s, 3.2 s, 4:05 min, 1:02:03 h.
  static func duration(_ seconds: Double) -> String {
    guard seconds >= 60 else {
      return fixed(seconds, seconds < 1 ? 3 : seconds < 10 ? 2 : 1) + " s"
    }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d h", hours, minutes, rest)
      : String(format: "%d:%02d min", minutes, rest)
  }

  /// A count with its noun.
  static func count(_ number: Int, _ noun: String) -> String {
    let words = [
      "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ]
    let word = words.indices.contains(number) ? words[number] : "\(number)"
    return "\(word) \(noun)\(number == 1 ? "" : "s")"
  }

  /// A command as a shell takes it, each option on a line of its own.
  static func command(_ words: [String]) -> [String] {
    var lines: [String] = []
    for word in words {
      let isPlain =
        !word.isEmpty
        && word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0) }
      let quoted = isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
      if lines.isEmpty {
        lines = [quoted]
      } else if word.hasPrefix("--") {
        lines[lines.count - 1] += " \\"
        lines.append("  " + quoted)
      } else {
        lines[lines.count - 1] += " " + quoted
      }
    }
    return lines
  }
}
