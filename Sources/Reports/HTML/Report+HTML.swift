extension Report {
  /// The document as a page that needs nothing but itself: no file, no network. Without a script it
  /// can be read whole; with one its tables can be sorted.
  package var html: String {
    let head: [Markup] = [
      .element("meta", ["charset": "utf-8"]),
      .element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      // The browser itself is told to refuse every request.
      .element(
        "meta",
        [
          "http-equiv": "Content-Security-Policy",
          "content":
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
            + "base-uri 'none'; form-action 'none'",
        ]),
      .element("meta", ["name": "color-scheme", "content": "light dark"]),
      .element("title", [:], [.text(title)]),
      .element("style", [:], [.verbatim(Self.stylesheet)]),
    ]
    var header: [Markup] = [.element("h1", [:], [.text(title)])]
    if let subtitle {
      header.append(.element("p", ["class": "subtitle"], [.text(subtitle)]))
    }
    let body: [Markup] =
      [.element("header", [:], header)]
      + lead.map(\.markup)
      + sections.enumerated().map { index, section in
        .element(
          "section", ["id": "section-\(index + 1)"],
          [.element("h2", [:], [.text(section.title)])] + section.blocks.map(\.markup))
      }
      + [.element("script", [:], [.verbatim(Self.script)])]
    let page = Markup.element(
      "html", ["lang": "en"],
      [.element("head", [:], head), .element("body", [:], [.element("main", [:], body)])])
    return "<!doctype html>\n" + page.source + "\n"
  }
}

extension Report.Block {
  var markup: Markup {
    switch self {
    case .paragraph(let text): .element("p", [:], text.markup)
    case .list(let items):
      .element("ul", [:], items.map { .element("li", [:], $0.markup) })
    case .table(let table): table.markup
    case .charts(let charts): .element("div", ["class": "charts"], charts.map(\.markup))
    case .commands(let lines):
      .element("pre", [:], [.element("code", [:], [.text(lines.joined(separator: "\n"))])])
    case .details(let summary, let blocks):
      .element(
        "details", [:], [.element("summary", [:], summary.markup)] + blocks.map(\.markup))
    }
  }
}

extension Report.Text {
  var markup: [Markup] {
    runs.map { run in
      switch run {
      case .plain(let text): .text(text)
      case .strong(let text): .element("strong", [:], [.text(text)])
      case .code(let text): .element("code", [:], [.text(text)])
      case .link(let text, let path): .element("a", ["href": relative(path)], [.text(text)])
      }
    }
  }

  /// A path that a browser takes as one: never as an address of another kind.
  private func relative(_ path: String) -> String {
    let allowed = Set("/-_.~!$'()*+,;=@".utf8)
    let escaped = path.utf8.reduce(into: "") { result, byte in
      let isPlain =
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || allowed.contains(byte)
      let hex = String(byte, radix: 16, uppercase: true)
      result +=
        isPlain ? String(UnicodeScalar(byte)) : "%" + (hex.count == 1 ? "0" : "") + hex
    }
    return escaped.hasPrefix("/") ? "." + escaped : escaped
  }
}

extension Report.Table {
  var markup: Markup {
    var parts: [Markup] = caption.map { [.element("caption", [:], $0.markup)] } ?? []
    let heads: [Markup] = columns.map { column in
      .element(
        "th",
        ["scope": "col", "class": column.isNumeric ? "number" : nil, "title": column.help],
        [.text(column.title)])
    }
    parts.append(.element("thead", [:], [.element("tr", [:], heads)]))
    let body: [Markup] = rows.map { row in
      .element("tr", [:], zip(row, columns).map { cell, column in cell.markup(in: column) })
    }
    parts.append(.element("tbody", [:], body))
    return .element("div", ["class": "table"], [.element("table", [:], parts)])
  }
}

extension Report.Table.Cell {
  func markup(in column: Report.Table.Column) -> Markup {
    let content = isEmphasized ? [Markup.element("strong", [:], text.markup)] : text.markup
    return .element(
      "td", ["class": column.isNumeric ? "number" : nil, "data-key": key.map { "\($0)" }], content)
  }
}
