import Logs

extension SyntheticLog {
  /// Rows as CSV, the column `label` first; see ``LogGenerator`` for logs that are large.
  package func csv(rows: Range<Int>) -> CSVText {
    var csv = CSVText(columns: ["label"] + fields.map(\.name))
    for number in rows {
      let row = row(number)
      let values = zip(fields, row.values).map { field, value in
        value == Self.missing ? "" : "\(field.name)\(value)"
      }
      csv.append([row.isClick ? "1" : "0"] + values)
    }
    return csv
  }

  /// Rows as a log in memory.
  package func source(rows: Range<Int>, name: String = "synthetic.csv") -> LogSource {
    .text(csv(rows: rows).text, name: name)
  }
}
