/// A table for people: columns as wide as their longest cell, numbers to the right.
struct TextTable: CustomStringConvertible {
  private let header: [String]
  private var rows: [[String]] = []

  init(_ header: String...) {
    self.init(header)
  }

  init(_ header: [String]) {
    self.header = header
  }

  mutating func add(_ cells: String...) {
    add(cells)
  }

  mutating func add(_ cells: [String]) {
    precondition(cells.count == header.count)
    rows.append(cells)
  }

  var description: String {
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
    character.isNumber || "+-.–".contains(character)
  }
}
