import Logs
import Support

/// A column of histories that is being made, row by row.
struct HistoryColumn {
  /// The field it is for.
  let field: Schema.Field
  let rule: Schema.History
  private var histories: UserHistories
  /// How many values and how many empty histories were written.
  private(set) var values = 0
  private(set) var empty = 0

  init(_ field: Schema.Field, _ rule: Schema.History) {
    (self.field, self.rule) = (field, rule)
    histories = UserHistories(length: field.cap!)
  }

  /// Its name.
  var name: String { field.column ?? field.name }
  /// How many users there are.
  var users: Int { histories.count }

  /// The user of a row whose time is `time`; nil where he had a later one.
  mutating func user(_ bytes: UnsafeRawBufferPointer, at time: Int64) -> Int? {
    let user = histories.user(bytes)
    return histories.advance(user, to: time) ? user : nil
  }

  /// Adds what the row under way holds to its user's history, for later rows.
  mutating func add(_ value: UnsafeRawBufferPointer, to user: Int) {
    histories.add(value, to: user)
  }

  /// Calls `take` with a user's values, the newest first; with none for nobody.
  mutating func read(
    of user: Int?, _ take: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    var count = 0
    if let user {
      try histories.forEachValue(of: user) { value in
        try take(value)
        count += 1
      }
    }
    values += count
    empty += count == 0 ? 1 : 0
  }
}

/// How a log with further columns is written: as the log itself, or where that has no text as lines of JSON.
enum HistoryText {
  /// Cells with a delimiter between them, perhaps in quotes.
  case delimited(UInt8, quotes: Bool)
  case json

  /// Appends a record without its end to `line`, which the columns then follow.
  func begin(_ record: [UInt8], _ line: inout [UInt8]) {
    var end = record.count
    while end > 0, record[end - 1] == UInt8(ascii: "\n") || record[end - 1] == UInt8(ascii: "\r") {
      end -= 1
    }
    if case .json = self {
      let brace = record[..<end].lastIndex(of: UInt8(ascii: "}")) ?? end
      end = brace
    }
    line.append(contentsOf: record[..<end])
  }

  /// Appends the values of a column.
  ///
  /// - Returns: what is wrong with a value that cannot be written so; nil where nothing is.
  func append(
    _ column: inout HistoryColumn, of user: Int?, _ line: inout [UInt8]
  ) -> String? {
    switch self {
    case .json:
      if line.last != UInt8(ascii: "{") { line.append(UInt8(ascii: ",")) }
      line.append(json: column.name)
      line.append(contentsOf: ":[".utf8)
      var isFirst = true
      column.read(of: user) { value in
        if !isFirst { line.append(UInt8(ascii: ",")) }
        isFirst = false
        line.append(json: value)
      }
      line.append(UInt8(ascii: "]"))
      return nil
    case .delimited(let delimiter, let quotes):
      let separator = column.field.separatorByte
      var cell: [UInt8] = []
      var problem: String?
      column.read(of: user) { value in
        if !cell.isEmpty { cell.append(separator) }
        if value.contains(separator) {
          problem =
            quoted(String(decoding: value, as: UTF8.self))
            + ", which holds the list's separator \(quoted(String(UnicodeScalar(separator))))"
        }
        cell.append(contentsOf: value)
      }
      line.append(delimiter)
      if !cell.withUnsafeBytes({ line.append(cell: $0, delimiter: delimiter, quotes: quotes) }) {
        problem =
          problem
          ?? "\(quoted(String(decoding: cell, as: UTF8.self))), which a cell without quotes cannot hold"
      }
      return problem
    }
  }

  /// Ends a record.
  func end(_ line: inout [UInt8]) {
    if case .json = self { line.append(UInt8(ascii: "}")) }
    line.append(UInt8(ascii: "\n"))
  }
}
