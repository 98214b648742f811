extension Report {
  /// The document as Markdown (GitHub's), without its charts.
  package var markdown: String {
    var parts = ["# \(Markdown.escaped(title))"]
    if let subtitle { parts.append(Markdown.escaped(subtitle)) }
    parts += lead.map(\.markdown)
    for section in sections {
      parts.append("## \(Markdown.escaped(section.title))")
      parts += section.blocks.map(\.markdown)
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }
}

extension Report.Block {
  var markdown: String {
    switch self {
    case .paragraph(let text): return text.markdown
    case .list(let items): return items.map { "- \($0.markdown)" }.joined(separator: "\n")
    case .table(let table): return table.markdown
    case .charts: return ""
    case .commands(let lines): return Markdown.fenced(lines)
    case .details(let summary, let blocks):
      let inner = blocks.map(\.markdown).filter { !$0.isEmpty }
      guard !inner.isEmpty else { return "" }
      return (["**\(summary.markdown)**"] + inner).joined(separator: "\n\n")
    }
  }
}

extension Report.Text {
  var markdown: String {
    runs.map { run in
      switch run {
      case .plain(let text): Markdown.escaped(text)
      case .strong(let text): "**\(Markdown.escaped(text))**"
      case .code(let text): Markdown.code(text)
      case .link(let text, let path): "[\(Markdown.escaped(text))](<\(Markdown.target(path))>)"
      }
    }.joined()
  }
}

extension Report.Table {
  var markdown: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
    var lines = [
      line(columns.map { Markdown.escaped($0.title) }),
      "|" + columns.map { $0.isNumeric ? "---:|" : "---|" }.joined(),
    ]
    for row in rows {
      lines.append(
        line(
          row.map { cell in
            cell.isEmphasized ? "**\(cell.text.markdown)**" : cell.text.markdown
          }))
    }
    let table = lines.joined(separator: "\n")
    return caption.map { $0.markdown + "\n\n" + table } ?? table
  }
}

/// Text that Markdown shows as it is.
enum Markdown {
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\", "`", "*", "_", "[", "]", "<", ">", "#":
        result += "\\\(character)"
      case "\n", "\r", "\r\n": result += " "
      case "&": result += "&amp;"
      default: result.append(character)
      }
    }
    return result
  }

  /// Code between more backticks than it holds in a row.
  static func code(_ text: String) -> String {
    let text = text.replacing("\n", with: " ")
    let fence = String(repeating: "`", count: longestRun(of: "`", in: text) + 1)
    return fence.count == 1 ? "`\(text)`" : "\(fence) \(text) \(fence)"
  }

  static func fenced(_ lines: [String]) -> String {
    let text = lines.joined(separator: "\n")
    let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: text) + 1))
    return "\(fence)\n\(text)\n\(fence)"
  }

  static func target(_ path: String) -> String {
    path.replacing("<", with: "%3C").replacing(">", with: "%3E").replacing("\n", with: "%0A")
  }

  private static func longestRun(of wanted: Character, in text: String) -> Int {
    var (longest, current) = (0, 0)
    for character in text {
      current = character == wanted ? current + 1 : 0
      longest = max(longest, current)
    }
    return longest
  }
}
