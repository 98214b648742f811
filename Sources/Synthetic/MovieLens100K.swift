import Logs
import Support

/// MovieLens-100k in RecBole's files, joined into one log: a click is a rating over 3.
///
/// The three files are tab-separated; a header names each column with its type, as in
/// `user_id:token`.
package enum MovieLens100K {
  /// The log's columns; `genres` is a list separated by `|`.
  package static let columns = [
    "label", "user", "item", "age", "gender", "occupation", "zip", "year", "genres",
  ]

  /// Joins ratings with users and items, in the order of the ratings.
  ///
  /// - Parameter folder: holds `ml-100k.inter`, `ml-100k.user` and `ml-100k.item`.
  /// - Throws: ``UserError`` for a file or column that is missing, a rating that is no number, a
  ///   user or an item that is in no table.
  package static func join(folder: String) throws -> CSVText {
    let users = try table(
      "\(folder)/ml-100k.user", key: "user_id",
      columns: ["age", "gender", "occupation", "zip_code"])
    let items = try table(
      "\(folder)/ml-100k.item", key: "item_id", columns: ["release_year", "class"])
    var csv = CSVText(columns: columns)
    let path = "\(folder)/ml-100k.inter"
    var table = try Table(.file(path), DelimitedText.rawTSV)
    let cells = try header(&table, ["user_id", "item_id", "rating"])
    while try table.next() {
      try checkWidth(table, cells)
      let (user, item) = (table.text(cells[0]), table.text(cells[1]))
      guard let ofUser = users[user], let ofItem = items[item] else {
        throw table.error(
          at: users[user] == nil ? cells[0] : cells[1],
          found: users[user] == nil ? "user \(quoted(user))" : "item \(quoted(item))",
          expected: "one of its table", remedy: "fetch the three files again")
      }
      guard let rating = parseNumber(table[cells[2]]) else {
        throw table.error(
          at: cells[2], found: "\(quoted(table.text(cells[2]))) in column \"rating\"",
          expected: "a number", remedy: "correct it, or leave it empty if it is missing")
      }
      let genres = ofItem[1].split(separator: " ").joined(separator: "|")
      csv.append([rating > 3 ? "1" : "0", user, item] + ofUser + [ofItem[0], genres])
    }
    return csv
  }

  /// The rows of a table by their key.
  private static func table(
    _ path: String, key: String, columns: [String]
  ) throws -> [String: [String]] {
    var table = try Table(.file(path), DelimitedText.rawTSV)
    let cells = try header(&table, [key] + columns)
    var rows: [String: [String]] = [:]
    while try table.next() {
      try checkWidth(table, cells)
      rows[table.text(cells[0])] = cells.dropFirst().map { table.text($0) }
    }
    return rows
  }

  /// Where columns are in a header whose names carry types.
  private static func header(_ table: inout Table<DelimitedText>, _ names: [String]) throws -> [Int]
  {
    let columns = try table.header().names
    let untyped = ColumnNames(columns.map { String($0.prefix { $0 != ":" }) })
    return try names.map { try untyped.index(of: $0, in: table.name) }
  }

  private static func checkWidth(_ table: borrowing Table<DelimitedText>, _ cells: [Int]) throws {
    let width = cells.max()! + 1
    guard table.count >= width else {
      throw table.error(
        found: "\(table.count) columns", expected: "at least \(width)",
        remedy: "fetch the file again")
    }
  }
}
