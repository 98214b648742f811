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

  /// Tells decimal commas by a log's first rows, where semicolons stand between cells.
  mutating func completeDecimal(from sample: LogSample, _ notes: inout [String]) {
    guard decimal == nil, delimiter == ";" else { return }
    let numbers = NumberText(decimal: ",")
    let column = sample.names.indices.first { column in
      let values = sample.values(of: column, missing: Self.usualMissing)
      return values.contains { $0.contains(",") }
        && values.allSatisfy { numbers.number($0) != nil }
    }
    guard let column else { return }
    decimal = ","
    notes.append("decimal: \",\", as in column \(quoted(sample.names[column]))")
  }

  /// Checks what the schema says of the dialect.
  func checkDialect() throws(KeyProblem) {
    let given: [(CodingKeys, Bool)] = [
      (.delimiter, delimiter != nil), (.quotes, quotes != nil), (.decimal, decimal != nil),
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
  }
}
