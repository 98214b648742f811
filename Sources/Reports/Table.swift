extension Report {
  /// Rows of cells under named columns.
  package struct Table: Sendable {
    /// A column: its heading, on which side it is set, and what the heading means.
    package struct Column: Sendable {
      package let title: String
      package let isNumeric: Bool
      package let help: String?

      /// A column of words, set to the left.
      package static func text(_ title: String, help: String? = nil) -> Column {
        Column(title: title, isNumeric: false, help: help)
      }

      /// A column of numbers, set to the right.
      package static func number(_ title: String, help: String? = nil) -> Column {
        Column(title: title, isNumeric: true, help: help)
      }
    }

    /// A cell: what it says, and the number it is sorted by.
    package struct Cell: Sendable, ExpressibleByStringInterpolation {
      package let text: Text
      /// What sorting goes by; nil for the text. A cell without a number sorts last among numbers.
      package let key: Double?
      package private(set) var isEmphasized = false

      init(_ text: Text, key: Double? = nil) {
        self.text = text
        self.key = key
      }

      package init(stringLiteral text: String) {
        self.init(Text(text))
      }

      package init(stringInterpolation: Text.StringInterpolation) {
        self.init(Text(stringInterpolation: stringInterpolation))
      }

      /// Any text, sorted by a number where one is given.
      package static func text(_ text: Text, sortedBy key: Double? = nil) -> Cell {
        Cell(text, key: key)
      }

      /// A number with so many decimals; a dash for none.
      package static func number(_ value: Double?, digits: Int) -> Cell {
        guard let value, value.isFinite else { return Cell("–") }
        return Cell(Text(Numbers.fixed(value, digits)), key: value)
      }

      /// A share of 1 in per cent; a dash for none.
      package static func percent(_ share: Double?, digits: Int) -> Cell {
        guard let share, share.isFinite else { return Cell("–") }
        return Cell(Text(Numbers.fixed(100 * share, digits) + " %"), key: share)
      }

      /// A count, its digits in groups of three; a dash for none.
      package static func count(_ value: Int?) -> Cell {
        guard let value else { return Cell("–") }
        return Cell(Text(Numbers.grouped(value)), key: Double(value))
      }

      /// The same cell, to be noticed.
      package func emphasized(_ isEmphasized: Bool = true) -> Cell {
        var cell = self
        cell.isEmphasized = isEmphasized
        return cell
      }
    }

    package let columns: [Column]
    package let caption: Text?
    package private(set) var rows: [[Cell]] = []

    package init(columns: [Column], caption: Text? = nil) {
      self.columns = columns
      self.caption = caption
    }

    /// Appends a row, a cell for each column.
    package mutating func add(_ cells: [Cell]) {
      precondition(cells.count == columns.count, "a cell for each column")
      rows.append(cells)
    }
  }
}
