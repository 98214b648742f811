import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Delimited logs that are not quite as their format says.
@Suite struct DialectTests {
  private static func completed(_ text: String, name: String = "log.csv") throws -> Schema {
    try Schema().completed(from: [.text(text, name: name)]).schema
  }

  @Test(arguments: [
    ("label;u;p\n1;a;1,5\n0;b;2\n", ";", ","), ("label\tu\n1\ta,b\n0\tb\n", "\t", nil),
    ("label|u\n1|a\n0|b,c\n", "|", nil), ("label,u\n1,a;b\n0,c;d\n", nil, nil),
  ])
  func `the delimiter is told from the first lines`(
    text: String, delimiter: String?, decimal: String?
  ) throws {
    let schema = try Self.completed(text)
    #expect(schema.delimiter == delimiter && schema.decimal == decimal)
    let log = LogSource.text(text)
    #expect(try FeatureEncoder.fit(schema, to: [log]).encode([log]).labels == [1, 0])
    #expect(try Schema(yaml: schema.yaml()) == schema)
  }

  @Test func `a beginning without lines says nothing`() throws {
    let blank = String(repeating: "\n", count: 300_000)
    #expect(try Self.completed(blank + "label,u\n1,a\n").delimiter == nil)
  }

  @Test func `decimal commas are numbers`() throws {
    let rows = (0..<300).map { "\($0 % 2);u\($0 % 7);\($0),\($0 % 10)5\n" }
    let log = LogSource.text("click;user;price\n" + rows.joined())
    let draft = try SchemaDraft(of: log)
    #expect(draft.schema.fields.last == .numeric("price", encoding: .quantiles, buckets: 50))
    #expect(draft.schema.delimiter == ";" && draft.schema.decimal == ",")
    let schema = try Schema(yaml: draft.yaml())
    #expect(schema == draft.schema)
    let read = try RowRecorder.rows(of: [log], schema)
    #expect(read.rows[12].contains("12.25"))
    // A mark between thousands is no decimal point.
    let bad = LogSource.text("click;user;price\n1;a;1.234,5\n")
    #expect(
      message { _ = try RowRecorder.rows(of: [bad], schema) }?
        .hasPrefix("log.csv:2:5: found \"1.234,5\" in column \"price\", expected a number") == true)
  }

  @Test func `quotes in a table with tabs may be characters`() throws {
    let text = "label\ta\tb\n1\t\"foo\tx\n0\tbar\"\ty\n1\tk\tk\n"
    let schema = try Self.completed(text, name: "log.tsv")
    let log = LogSource.text(text, name: "log.tsv")
    #expect(schema.quotes == false)
    #expect(try FeatureEncoder.fit(schema, to: [log]).encode([log]).labels == [1, 0, 1])
    // Quotes that enclose cells stay what they are.
    let quoted = "label\ta\n1\t\"x\ty\"\n0\t\"two\nlines\"\n"
    #expect(try Self.completed(quoted, name: "log.tsv").quotes == nil)
    // And a schema may say either.
    let forced = try Schema(yaml: "format: tsv\nquotes: true\n").completed(from: [log]).schema
    #expect(try FeatureEncoder.fit(forced, to: [log]).encode([log]).rows == 2)
  }

  @Test func `another delimiter than the schema's is named`() throws {
    let criteo = LogSource.text("1" + String(repeating: ",", count: 39) + "\n", name: "log.csv")
    #expect(
      message { _ = try FeatureEncoder.fit(Schema(format: .criteo), to: [criteo]) }?
        .contains("found 1 columns, expected 40; commas seem to stand between the columns") == true)
    let schema = try Self.completed("label,u,i\n1,a,b\n0,c,d\n")
    let encoder = try FeatureEncoder.fit(schema, to: [.text("label,u,i\n1,a,b\n0,c,d\n")])
    for (text, name) in [("u\ti\na\tb\n", "tabs"), ("{\"u\":1}\n", "JSON lines")] {
      #expect(
        message { _ = try encoder.encode([.text(text)], labels: .optional) }?.contains(name) == true
      )
    }
  }

  @Test(arguments: [
    ("format: jsonl\ndelimiter: \";\"\n", "found delimiter, expected no such key in format jsonl"),
    ("delimiter: ;;\n", "found \";;\", expected one ASCII character"),
    ("delimiter: \",\"\ndecimal: \",\"\n", "found \",\", expected one ASCII character"),
    ("decimal: x\n", "found \"x\", expected \".\" or \",\""),
  ])
  func `a schema says nothing else of it`(yaml: String, expected: String) {
    #expect(message { _ = try Schema(yaml: yaml) }?.contains(expected) == true)
  }
}
