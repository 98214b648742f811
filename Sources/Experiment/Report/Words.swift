import Foundation
import Reports
import Statistics
import Support

/// How reports word their numbers.
enum Words {
  /// A mean with its deviation, a cell that sorts by the mean.
  static func cell(_ spread: Spread?, digits: Int) -> Report.Table.Cell {
    guard let spread else { return "–" }
    return .text(Report.Text(text(spread, digits: digits)), sortedBy: spread.mean)
  }

  static func text(_ spread: Spread, digits: Int) -> String {
    Numbers.fixed(spread.mean, digits)
      + (spread.deviation.map { " ± \(Numbers.fixed($0, digits))" } ?? "")
  }

  /// A p-value: two digits that count, and an upper bound for what is tiny.
  static func p(_ value: Double) -> String {
    value < 1e-4 ? "< 0.0001" : Numbers.fixed(value, value < 0.01 ? 4 : 3)
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

  /// A time that sorts by its seconds.
  static func seconds(_ spread: Spread?) -> Report.Table.Cell {
    guard let spread else { return "–" }
    return .text(Report.Text(Numbers.duration(spread.mean)), sortedBy: spread.mean)
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
