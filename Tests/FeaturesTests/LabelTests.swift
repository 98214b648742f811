import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// What is taken for the label and for a click.
@Suite struct LabelTests {
  private static func clicks(_ rule: Schema.Label.Rule?, _ cells: [String]) -> [Float?] {
    let reader = ClickReader(Schema.Label(column: "c", rule: rule))
    return cells.map { cell in Array(cell.utf8).withUnsafeBytes { reader.click($0) } }
  }

  @Test(arguments: [
    (nil, ["1", "1.0", "True", "YES", "t", "0", "false", "N"], [1, 1, 1, 1, 1, 0, 0, 0]),
    ("true", ["true", "True", "1", "1.0", "yes", "False", "0"], [1, 1, 1, 1, 1, 0, 0]),
    ("False", ["False", "0", "no", "true", "1"], [1, 1, 1, 0, 0]),
    ("1", ["1", "1.0", "true", "0", "2", "-1"], [1, 1, 1, 0, 0, 0]),
    ("3", ["3", "3.0", "1"], [1, 1, 0]), ("buy", ["buy", "view", "1"], [1, 0, 0]),
  ])
  func `spellings are compared by meaning`(click: String?, cells: [String], labels: [Float]) {
    #expect(Self.clicks(click.map(Schema.Label.Rule.equals), cells) == labels)
  }

  @Test(arguments: [
    (nil, ["2", "-1", "", "maybe", "nan"]), ("true", ["2", "", "maybe"]), ("1", ["", "maybe"]),
    ("buy", ["", "Buy", "BUY"]),
  ])
  func `what nobody can tell is refused`(click: String?, cells: [String]) {
    #expect(
      Self.clicks(click.map(Schema.Label.Rule.equals), cells).allSatisfy { $0 == nil })
  }

  @Test func `a rule is no wish that every other text fails`() {
    let schema = Schema(
      format: .csv, label: Schema.Label(column: "c", rule: .equals("true")),
      fields: [.categorical("u")])
    #expect(
      message { _ = try RowRecorder.rows(of: [.text("c,u\nTrue,a\nmaybe,b\n")], schema) }
        == "log.csv:3:1: found label \"maybe\", expected \"true\" or its opposite; correct or delete "
        + "the row")
  }

  private static func log(_ header: String, rows: Int = 60, _ row: (Int) -> String) -> LogSource {
    .text(header + "\n" + (0..<rows).map { row($0) + "\n" }.joined())
  }

  @Test func `the mirror of a label is neither label nor field`() throws {
    let log = Self.log("user,nonclk,clk") {
      "u\($0 % 9),\($0 % 4 == 0 ? 0 : 1),\($0 % 4 == 0 ? 1 : 0)"
    }
    let draft = try SchemaDraft(of: log)
    #expect(draft.schema.label == "clk")
    #expect(
      draft.schema.fields == [.categorical("user"), Schema.Field(name: "nonclk", kind: .ignored)])
    let alone = try SchemaDraft(of: Self.log("user,nonclk") { "u\($0 % 9),\($0 % 4 == 0 ? 0 : 1)" })
    #expect(alone.schema.label == Schema.Label(column: "nonclk", rule: .equals("0")))
    // Without a schema nothing is left out, but it is said.
    let plain = try Schema().completed(
      from: [Self.log("user,seen,click") { "u\($0 % 9),\($0 % 3 == 0),\($0 % 3 == 0 ? 1 : 0)" }])
    #expect(plain.notes.contains { $0.hasPrefix("\"seen\" says row by row what the label says") })
  }

  @Test func `a click's name outweighs the order of columns`() throws {
    let draft = try SchemaDraft(
      of: Self.log("is_mobile,is_clicked,purchase") { "\($0 % 2),\($0 / 2 % 2),\($0 / 4 % 2)" })
    #expect(draft.schema.label == "is_clicked")
    #expect(draft.schema.fields.last == Schema.Field(name: "purchase", kind: .ignored))
  }

  @Test func `a label without clicks keeps its name`() throws {
    let draft = try SchemaDraft(of: Self.log("label,is_mobile,u") { "0,\($0 % 2),u\($0 % 7)" })
    #expect(draft.schema.label == "label")
    #expect(draft.yaml().contains("no row that was looked at is a click"))
  }

  @Test func `what is ambiguous is refused with the choices`() {
    let columns = message {
      _ = try SchemaDraft(of: Self.log("a,b,u") { "\($0 % 2),\($0 / 2 % 2),u\($0 % 7)" })
    }
    #expect(columns?.contains("one of label: a, label: b") == true)
    let values = message {
      _ = try SchemaDraft(of: Self.log("label,u") { "\($0 % 2 + 1),u\($0 % 7)" })
    }
    #expect(values?.contains("equals: \"1\"} or label: {column: \"label\", equals: \"2\"}") == true)
  }
}
