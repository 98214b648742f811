import Foundation
import FoundationXML
import Testing

@testable import Reports

/// What a careless or hostile data set could call a field.
private let nasty =
  "</script><img src=x onerror=alert(1)> & \"quotes\" 'single' `tick` |pipe| \u{1}"

/// A report with every kind of block, every text of which is nasty.
private func everything() -> Report {
  var report = Report(title: nasty, subtitle: nasty)
  report.lead = [.paragraph("\(nasty) \(strong: nasty) \(code: nasty) \(link: nasty, to: nasty)")]
  var table = Report.Table(columns: [.text(nasty, help: nasty), .number("n")], caption: "\(nasty)")
  table.add(["\(nasty)", .number(1.5, digits: 2)])
  table.add([.text("a", sortedBy: 3).emphasized(), .number(nil, digits: 2)])
  table.add([.percent(0.25, digits: 1), .count(-1_234_567)])
  let lines = LineChart(
    title: nasty, x: Axis(nasty), y: Axis(nasty, scale: .log),
    series: [
      .init(
        nasty, [(1, 10), (2, .nan), (3, 1000), (4, 0)], style: .both, deviations: [1, 2, 3, 4]),
      .init("second", [(1, 1), (2, 2)], style: .dots),
    ], diagonal: true)
  let bars = BarChart(
    title: nasty, value: Axis(nasty), categories: [nasty, "b"],
    series: [.init(nasty, [1, nil], deviations: [0.5, nil]), .init("second", [-2, 3])], baseline: 1)
  let histogram = Histogram(
    title: nasty, x: Axis(nasty), edges: [0, 1, 2], counts: [5, 0], y: nasty)
  report.add(
    nasty,
    [
      .list(["\(nasty)"]), .table(table), .commands([nasty]),
      .charts([.lines(lines), .bars(bars), .histogram(histogram)]),
      .details("\(nasty)", [.paragraph("\(nasty)")]),
    ])
  return report
}

/// The elements and attributes of a page, by an XML parser: void elements are closed for it first.
private final class Elements: NSObject, XMLParserDelegate {
  var names: [String] = []
  var attributes: [(element: String, name: String, value: String)] = []

  static func of(_ html: String) throws -> Elements {
    let xml =
      html
      .replacing("<!doctype html>\n", with: "")
      .replacing(/<meta [^>]*>/) { $0.output.dropLast() + "/>" }
      .replacing(/<style>(?s:.)*?<\/style>/, with: "<style/>")
      .replacing(/<script>(?s:.)*?<\/script>/, with: "<script/>")
    let elements = Elements()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = elements
    try #require(parser.parse(), "\(parser.parserError as Any), line \(parser.lineNumber)")
    return elements
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes given: [String: String]
  ) {
    names.append(name)
    attributes += given.map { (name, $0.key, $0.value) }
  }
}

@Suite struct PageTests {
  @Test func `every text is escaped`() throws {
    let elements = try Elements.of(everything().html)
    #expect(!elements.names.contains("img"))
    #expect(elements.names.filter { $0 == "script" }.count == 1)
    #expect(elements.names.filter { $0 == "table" }.count == 1)
    #expect(elements.names.filter { $0 == "figure" }.count == 3)
    #expect(!elements.attributes.contains { $0.name.hasPrefix("on") })
  }

  @Test func `nothing is loaded from elsewhere`() throws {
    let html = everything().html
    let elements = try Elements.of(html)
    #expect(!elements.names.contains { ["link", "img", "iframe", "object", "embed"].contains($0) })
    #expect(
      !elements.attributes.contains { ["src", "srcset", "data", "xlink:href"].contains($0.name) })
    for link in elements.attributes where link.name == "href" {
      #expect(!link.value.contains(":") && !link.value.hasPrefix("/"), "\(link.value)")
    }
    for way in ["://", "url(", "@import"] {
      let isUsed = html.contains(way)
      #expect(!isUsed, "\(way)")
    }
    #expect(elements.attributes.contains { $0.value.hasPrefix("default-src 'none'") })
  }

  @Test func `links cannot leave the folder for another kind of address`() {
    for path in [
      "javascript:alert(1)", "https://example.org", "//example.org/x", "data:text/html,x",
    ] {
      let text: Report.Text = "\(link: "x", to: path)"
      let markup = text.markup.map(\.source).joined()
      #expect(!markup.contains("script:") && !markup.contains("\"//"), "\(markup)")
      #expect(!markup.contains("https:") && !markup.contains("data:"), "\(markup)")
    }
  }

  @Test func `empty charts are drawn too`() throws {
    var report = Report(title: "empty")
    let none: [(x: Double, y: Double)] = []
    report.add(
      "charts",
      [
        .charts([
          .lines(LineChart(title: "no series", x: Axis("x"), y: Axis("y"), series: [])),
          .lines(
            LineChart(
              title: "no points", x: Axis("x", scale: .log), y: Axis("y"),
              series: [.init("a", none)])),
          .lines(
            LineChart(
              title: "one point", x: Axis("x"), y: Axis("y"), series: [.init("a", [(5, 5)])])),
          .bars(BarChart(title: "no bars", value: Axis("v"), categories: [], series: [])),
          .histogram(Histogram(title: "none", x: Axis("x"), edges: [0], counts: [], y: "rows")),
        ])
      ])
    let elements = try Elements.of(report.html)
    #expect(elements.names.filter { $0 == "figure" }.count == 5)
    // The single point: a line through it would not be seen.
    #expect(elements.names.filter { $0 == "circle" }.count == 1)
    #expect(!report.html.contains("nan") && !report.html.contains("inf"))
  }

  @Test func `Markdown keeps tables whole`() {
    let markdown = everything().markdown
    let rows = markdown.split(separator: "\n").filter { $0.hasPrefix("| ") }
    #expect(rows.count == 4)
    for row in rows {
      // Two cells: three bars that are not escaped.
      #expect(row.replacing("\\|", with: "").filter { $0 == "|" }.count == 3, "\(row)")
    }
  }
}
