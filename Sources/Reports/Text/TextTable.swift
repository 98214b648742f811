/// A table for people: columns as wide as their longest cell, numbers to the right.
package struct TextTable: CustomStringConvertible {
  private let header: [String]
  private var rows: [[String]] = []

  package init(_ header: String...) {
    self.init(header)
  }

  package init(_ header: [String]) {
    self.header = header
  }

  package mutating func add(_ cells: String...) {
    add(cells)
  }

  package mutating func add(_ cells: [String]) {
    precondition(cells.count == header.count)
    rows.append(cells)
  }

  package var description: String {
    let columns = header.indices.map { column in
      let cells = rows.map { $0[column] }
      return (
        width: ([header[column]] + cells).map(\.count).max()!,
        isNumeric: !cells.isEmpty && cells.allSatisfy { $0.first.map(Self.startsNumber) ?? true }
      )
    }
    func line(_ cells: [String]) -> String {
      let padded = zip(cells, columns).map { cell, column in
        let padding = String(repeating: " ", count: column.width - cell.count)
        return column.isNumeric ? padding + cell : cell + padding
      }
      return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }
    let rule = columns.map { String(repeating: "-", count: $0.width) }
    return ([header, rule] + rows).map(line).joined(separator: "\n")
  }

  private static func startsNumber(_ character: Character) -> Bool {
    character.isNumber || "+-−.–".contains(character)
  }
}

extension Report.Table: CustomStringConvertible {
  /// The table for a terminal.
  package var description: String {
    var table = TextTable(columns.map(\.title))
    for row in rows { table.add(row.map(\.text.plain)) }
    return table.description
  }
}
