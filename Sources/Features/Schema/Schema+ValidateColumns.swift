import Logs
import Support

extension Schema {
  /// Checks what the schema says of columns beside the fields.
  func checkColumns() throws(KeyProblem) {
    func problem(
      _ key: CodingKeys, _ found: String, _ expected: String, _ remedy: String
    ) -> KeyProblem {
      KeyProblem(path: [.init(key)], found: found, expected: expected, remedy: remedy)
    }

    try checkDialect()
    let hasHeader = format == nil || format?.naming == .header
    for (key, isSet) in [(CodingKeys.header, header != nil), (.columns, columns != nil)]
    where isSet && !hasHeader {
      throw problem(
        key, key.rawValue, "no such key in format \(format!.rawValue)", "delete it")
    }
    if let columns {
      if header == true {
        throw problem(
          .columns, "columns beside header: true", "one of them", "delete what is wrong")
      }
      for (index, name) in columns.enumerated() where columns[..<index].contains(name) {
        throw KeyProblem(
          path: [.init(CodingKeys.columns), .index(index)], found: "column \(quoted(name)) twice",
          expected: "each name once", remedy: "rename one")
      }
    }
    if split?.rule == .time && time == nil || split?.rule == .group && group == nil {
      let key = split?.rule == .time ? CodingKeys.time : .group
      throw problem(
        .split, "a split by \(key.rawValue) without \(key.rawValue):",
        "the column to split by", "add \(key.rawValue): and a column's name")
    }
    if ignoredIDs != nil, let format, format.naming != .ids {
      throw problem(
        .ignoredIDs, "ignored_ids", "no such key in format \(format.rawValue)", "delete it")
    }
    guard let format, format.hasPairs else { return }
    let named: [(CodingKeys, String?)] = [
      (.weight, weight), (.time, time?.column), (.label, label?.column),
      (.missing, missing.map { listed($0) }),
    ]
    for case (let key, let name?) in named {
      throw problem(
        key, "\(key.rawValue) \(quoted(name))",
        "no \(key.rawValue) in format \(format.rawValue), which has \(key == .label ? "no columns" : "none")",
        "delete it, or write the log as CSV")
    }
    let isQuery = group == Schema.queryGroup && format.naming == .ids
    if let group, !isQuery, !fields.isEmpty, !fields.contains(where: { $0.name == group }) {
      throw problem(
        .group, "group \(quoted(group))", "the name of a field in format \(format.rawValue)",
        suggestion(for: group, among: fields.map(\.name), otherwise: "choose one"))
    }
  }
}
