import Foundation
import Logs
import Support

extension Schema {
  /// How the log departs from what its format says.
  var dialect: Dialect {
    Dialect(delimiter: delimiter?.utf8.first, quotes: quotes)
  }

  /// Fills the gaps of the dialect by a log's first lines.
  mutating func completeDialect(from source: LogSource, _ notes: inout [String]) throws {
    guard let format, format.naming == .header else { return }
    var found = dialect
    try found.complete(from: source, format)
    if delimiter == nil, let byte = found.delimiter {
      delimiter = String(UnicodeScalar(byte))
      notes.append("delimiter: \(quoted(delimiter!)), which every line has as often")
    }
    if quotes == nil, found.quotes == false {
      quotes = false
      notes.append("quotes: false, since lines open quotes that they do not close")
    }
  }

  /// Tells decimal commas, and marks between thousands, by a log's first rows: where a column of numbers
  /// is one only so.
  mutating func completeNumbers(from sample: LogSample, _ notes: inout [String]) {
    guard thousands == nil, format?.naming != .schema else { return }
    let isOpen = decimal == nil
    let columns = sample.names.indices.map { column in
      let values = sample.values(of: column, missing: Self.usualMissing)
      return (values, bytes: Set(values.lazy.flatMap(\.utf8)))
    }
    for (mark, separator) in numberMarks {
      let numbers = NumberText(decimal: mark, thousands: separator)
      let column = columns.indices.first { column in
        let (values, bytes) = columns[column]
        return bytes.isSuperset(of: (separator ?? mark).utf8)
          && values.allSatisfy {
            numbers.number($0) != nil && !$0.hasPrefix("0\(separator ?? "\0")")
          } && values.contains { Self.shows(mark, separator, $0) }
      }
      guard let column else { continue }
      let name = quoted(sample.names[column])
      if isOpen, mark == "," {
        decimal = mark
        notes.append("decimal: \",\", as in column \(name)")
      }
      if let separator {
        thousands = separator
        notes.append("thousands: \(quoted(separator)), as in column \(name)")
      }
      return
    }
  }

  /// Marks of decimals and thousands that a log may have, the likeliest first. A decimal comma alone is
  /// told between semicolons only: elsewhere it may be a list.
  private var numberMarks: [(String, String?)] {
    let others = NumberText.thousandsMarks.filter { $0 != "," && $0 != "." }
    let commas: [(String, String?)] =
      (delimiter == ";" ? [(",", nil)] : []) + ([".", " "] + others.dropFirst()).map { (",", $0) }
    let points: [(String, String?)] = ([","] + others).map { (".", $0) }
    return switch decimal {
    case ",": commas
    case nil: delimiter == ";" ? commas + points : points + commas
    default: points
    }
  }

  /// Whether a value shows the marks: a mark between thousands that could be another one's twice, or
  /// beside the decimal mark.
  private static func shows(_ mark: String, _ separator: String?, _ value: String) -> Bool {
    guard let separator else { return value.contains(mark) }
    let count = value.components(separatedBy: separator).count - 1
    if mark == "," { return count > 0 && value.contains(mark) || separator == "." && count > 1 }
    return count > 0
  }

  /// Checks what the schema says of the dialect.
  func checkDialect() throws(KeyProblem) {
    let given: [(CodingKeys, Bool)] = [
      (.delimiter, delimiter != nil), (.quotes, quotes != nil), (.decimal, decimal != nil),
      (.thousands, thousands != nil),
    ]
    if let format, format.naming != .header, let key = given.first(where: \.1)?.0 {
      throw KeyProblem(
        path: [.init(key)], found: key.rawValue,
        expected: "no such key in format \(format.rawValue)",
        remedy: "delete it")
    }
    if let delimiter {
      let isByte = delimiter.utf8.count == 1 && delimiter.utf8.first! < 0x80
      guard isByte, !["\"", "\n", "\r"].contains(delimiter), delimiter != decimal else {
        throw KeyProblem(
          path: [.init(CodingKeys.delimiter)], found: quoted(delimiter),
          expected: "one ASCII character that is neither a quote, a line end nor the decimal mark",
          remedy: "write it as \";\", for instance")
      }
    }
    if let decimal, decimal != ",", decimal != "." {
      throw KeyProblem(
        path: [.init(CodingKeys.decimal)], found: quoted(decimal), expected: "\".\" or \",\"",
        remedy: "correct it")
    }
    if let thousands, !NumberText.thousandsMarks.contains(thousands) || thousands == decimal ?? "."
    {
      throw KeyProblem(
        path: [.init(CodingKeys.thousands)], found: "thousands \(quoted(thousands))",
        expected:
          "one of \(listed(NumberText.thousandsMarks.map { quoted($0) })), and not the decimal mark",
        remedy: "correct it")
    }
  }
}
