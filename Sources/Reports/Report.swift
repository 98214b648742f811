/// What a command found out, as a document: a page for a browser and Markdown of the same.
///
/// ```swift
/// var report = Report(title: "Inspection of train.csv")
/// report.lead = [.paragraph("Two fields hold \(strong: "no values") at all.")]
/// report.add("Fields", [.table(table), .charts([.bars(missing)])])
/// try AtomicFile.write(report.html, to: "report.html")
/// ```
///
/// All text is escaped; there is no way in for raw markup. The page needs nothing but itself.
package struct Report: Sendable {
  /// A part of the document.
  package enum Block: Sendable {
    /// Running text.
    case paragraph(Text)
    /// Short points.
    case list([Text])
    /// Rows and columns, sortable in the page.
    case table(Table)
    /// Charts, side by side where there is room.
    case charts([Chart])
    /// Lines to type, or other text that keeps its shape.
    case commands([String])
    /// What only some readers want: folded in the page until it is asked for, or printed.
    case details(Text, [Block])
  }

  /// A chart of any kind.
  package enum Chart: Sendable {
    case lines(LineChart)
    case bars(BarChart)
    case histogram(Histogram)

    var title: String {
      switch self {
      case .lines(let chart): chart.title
      case .bars(let chart): chart.title
      case .histogram(let chart): chart.title
      }
    }
  }

  /// A heading and what stands under it.
  package struct Section: Sendable {
    package var title: String
    package var blocks: [Block]

    package init(_ title: String, _ blocks: [Block]) {
      self.title = title
      self.blocks = blocks
    }
  }

  /// The heading of the whole.
  package var title: String
  /// A line under it; nil for none.
  package var subtitle: String?
  /// What stands before the first section.
  package var lead: [Block] = []
  /// The sections, in the order they are read.
  package var sections: [Section] = []

  package init(title: String, subtitle: String? = nil) {
    self.title = title
    self.subtitle = subtitle
  }

  /// Appends a section.
  package mutating func add(_ title: String, _ blocks: [Block]) {
    sections.append(Section(title, blocks))
  }
}
