import Support

/// MovieLens-100k in RecBole's files, joined into one log: a click is a rating over 3.
///
/// The three files are tab-separated; a header names each column with its type, as in
/// `user_id:token`.
public enum MovieLens100K {
  /// The log's columns; `genres` is a list separated by `|`.
  public static let columns = [
    "label", "user", "item", "age", "gender", "occupation", "zip", "year", "genres",
  ]

  /// Joins ratings with users and items, in the order of the ratings.
  ///
  /// - Parameter folder: holds `ml-100k.inter`, `ml-100k.user` and `ml-100k.item`.
  /// - Throws: ``UserError`` for a file or column that is missing, a rating that is no number, a
  ///   user or an item that is in no table.
  public static func join(folder: String) throws -> CSVText {
    let users = try table(
      "\(folder)/ml-100k.user", key: "user_id",
      columns: ["age", "gender", "occupation", "zip_code"])
    let items = try table(
      "\(folder)/ml-100k.item", key: "item_id", columns: ["release_year", "class"])
    var csv = CSVText(columns: columns)
    let path = "\(folder)/ml-100k.inter"
    var reader = try RecordReader(.file(path), dialect: .rawTSV)
    let cells = try header(&reader, ["user_id", "item_id", "rating"])
    while try reader.next() {
      try checkWidth(reader, cells)
      let (user, item) = (reader.text(cells[0]), reader.text(cells[1]))
      guard let ofUser = users[user], let ofItem = items[item] else {
        throw reader.error(
          at: users[user] == nil ? cells[0] : cells[1],
          found: users[user] == nil ? "user \(quoted(user))" : "item \(quoted(item))",
          expected: "one of its table", remedy: "fetch the three files again")
      }
      let rating = try Rows.number(cells[2], of: reader, column: "rating")
      let genres = ofItem[1].split(separator: " ").joined(separator: "|")
      csv.append([rating > 3 ? "1" : "0", user, item] + ofUser + [ofItem[0], genres])
    }
    return csv
  }

  /// The rows of a table by their key.
  private static func table(
    _ path: String, key: String, columns: [String]
  ) throws -> [String: [String]] {
    var reader = try RecordReader(.file(path), dialect: .rawTSV)
    let cells = try header(&reader, [key] + columns)
    var rows: [String: [String]] = [:]
    while try reader.next() {
      try checkWidth(reader, cells)
      rows[reader.text(cells[0])] = cells.dropFirst().map { reader.text($0) }
    }
    return rows
  }

  /// Where columns are in a header whose names carry types.
  private static func header(_ reader: inout RecordReader, _ names: [String]) throws -> [Int] {
    let columns = try Columns(header: &reader).names
    let untyped = Columns(columns.map { String($0.prefix { $0 != ":" }) })
    return try names.map { try untyped.index(of: $0, in: reader.name) }
  }

  private static func checkWidth(_ reader: borrowing RecordReader, _ cells: [Int]) throws {
    let width = cells.max()! + 1
    guard reader.count >= width else {
      throw reader.error(
        found: "\(reader.count) columns", expected: "at least \(width)",
        remedy: "fetch the file again")
    }
  }
}
