import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

@Suite struct JSONLinesTests {
  static let schema = Schema(
    format: .jsonl, label: "click",
    fields: [
      .categorical("user", column: "user.id"), .multivalued("tags"), .numeric("price"),
    ])

  private func rows(_ text: String, _ schema: Schema = schema) throws -> [String] {
    try RowRecorder.rows(of: [.text(text, name: "a.jsonl")], schema).rows
  }

  @Test func `values are found wherever they stand`() throws {
    let text = """
      {"click": 1, "user": {"id": "anna", "age": 7}, "tags": ["a", "b"], "price": 1.5e1}
      {"price":-0.5,"tags":"x|y","user":{"id":42},"click":false,"more":[{"a":[]},null]}

      { "user.id" : "d\\u00f6t\\ud83d\\ude00" , "click" : true , "tags" : [] , "price" : null }
      {"click":0,"tags":["p|q",null,"",3,true]}
      """
    #expect(
      try rows(text) == [
        "0:1 #0 1.0 0=annax1.0 1=ax1.0 1=bx1.0 2=15.0;",
        "0:2 #1 0.0 0=42x1.0 1=xx1.0 1=yx1.0 2=-0.5;", "0:4 #2 1.0 0=döt😀x1.0 1=? 2=?;",
        "0:5 #3 0.0 0=? 1=p|qx1.0 1=3x1.0 1=1x1.0 2=?;",
      ])
  }

  @Test(arguments: [
    ("[1]", "1: found \"[1]\", expected an object {…}"),
    ("{\"click\":1", "11: found the end of the line, expected a comma or }"),
    ("{\"click\":1}x", "12: found \"x\", expected the end of the line"),
    ("{\"click\":01}", "11: found \"1}\", expected a comma or }"),
    ("{\"click\":+1}", "10: found \"+1}\", expected a value"),
    ("{\"click\":1.}", "12: found \"}\", expected a value"),
    ("{\"click\":nul}", "10: found \"nul}\", expected null"),
    ("{click:1}", "2: found \"click:1}\", expected a key in quotes"),
    ("{\"click\" 1}", "10: found \"1}\", expected a colon"),
    ("{\"click\":1,}", "12: found \"}\", expected a key in quotes"),
    ("{\"click\":1,\"click\":0}", "13: found a key twice, expected each key once"),
    (
      "{\"x\":\"a\tb\"}",
      "8: found a control character, expected an escape as in \\t or \\u0009"
    ),
    ("{\"x\":\"a}", "9: found the end of the line, expected a closing quote"),
    (
      "{\"x\":\"\\q\"}",
      "7: found \"\\\\q\\\"}\", expected an escape as in \\n, \\\\ or \\u00e9"
    ),
    (
      "{\"tags\":\"\\u0000\"}",
      "10: found \"\\\\u0000\\\"}\", expected a character's four digits, other than of NUL"
    ),
    (
      "{\"x\":\"\\ud800\"}",
      "7: found \"\\\\ud800\\\"}\", expected a character's four digits, other than of NUL"
    ),
    (
      "{\"price\":{}}",
      "10: found an object, expected a string, a number, true, false, null or a "
        + "list of these"
    ),
    (
      "{\"tags\":[[]]}",
      "10: found a list in a list, expected a string, a number, true, false, null "
        + "or a list of these"
    ),
    ("{\"click\":1,\"price\":[1]}", "20: found a list in \"price\", expected one value"),
    ("{\"click\":1,\"price\":\"old\"}", "20: found \"old\" in column \"price\", expected a number"),
    ("{\"click\":2}", "10: found label \"2\", expected 0 or 1"),
    ("{\"price\":2}", "1: found label \"\", expected 0 or 1"),
  ])
  func `a bad line is refused at its byte`(line: String, expected: String) {
    let text = message { _ = try rows(line + "\n") } ?? ""
    #expect(text.hasPrefix("a.jsonl:1:\(expected);"), "\(text)")
  }

  @Test func `many levels are refused`() {
    let deep = String(repeating: "{\"a\":", count: 100_000)
    #expect(message { _ = try rows(deep) }?.contains("found more than 64 levels") == true)
  }

  @Test func `keys are the columns without a schema`() throws {
    let log = LogSource.text(
      """
      {"click": 1, "user": {"id": "anna"}, "tags": ["a"]}
      {"click": 0, "site": 7, "tags": null}
      """, name: "a.log")
    let (schema, _) = try Schema().completed(from: [log])
    #expect(schema.format == .jsonl && schema.label == "click")
    #expect(
      schema.fields == [
        .categorical("user.id"), .multivalued("tags"), .categorical("site"),
      ])
    let data = try FeatureEncoder.fit(to: [log]).encode([log])
    #expect(data.labels == [1, 0] && data.rows == 2)
  }

  /// A second opinion on a thousand objects.
  @Test func `foundation reads the same`() throws {
    let texts = ["", "a", "\"", "\\", "/", "\n\t\u{8}\u{c}\r", "é", "日本", "😀", "a|b", "\u{1}"]
    var lines: [String] = []
    for index in 0..<1_000 {
      let object: [String: Any] = [
        "click": index % 2, "price": Double(index) / 8,
        "user": ["id": texts[index % texts.count] + texts[index / 7 % texts.count]],
      ]
      let data = try JSONSerialization.data(withJSONObject: object)
      lines.append(String(decoding: data, as: UTF8.self))
    }
    let found = try rows(lines.joined(separator: "\n"))
    for (index, row) in found.enumerated() {
      let user = texts[index % texts.count] + texts[index / 7 % texts.count]
      let token = user.isEmpty ? "?" : "\(user)x1.0"
      #expect(
        row == "0:\(index + 1) #\(index) \(index % 2).0 0=\(token) 1=? 2=\(Double(index) / 8);")
    }
    #expect(found.count == 1_000)
  }
}

@Suite struct LibFFMTests {
  static let schema = Schema(
    format: .libffm,
    fields: [.categorical("user", column: "0"), .multivalued("1", pooling: .sum)])

  @Test func `the field of a pair is written`() throws {
    let log = LogSource.text("1 0:7:1 1:3:1 1:4:1 9:9:0.3\n-1 1:7:1\n", name: "a.ffm")
    let encoder = try FeatureEncoder.fit(Self.schema, to: [log])
    #expect(encoder.layout.slotFields == [0, 1, 1])
    let data = try encoder.encode([log])
    #expect(data.labels == [1, 0])
    // 7 is another value in either field.
    #expect(data.ids == [2, 5, 6, 1, 7, -1])
  }

  @Test func `fields are found without a schema`() throws {
    let log = LogSource.text("1 0:7:1 3:3:0.5 3:4:1\n0 0:8:1 12:1:1\n")
    let (schema, _) = try Schema().completed(from: [.bytes(Array(logText(log)), name: "a.txt")])
    #expect(schema.format == .libffm)
    var list = Schema.Field.multivalued("3", pooling: .sum)
    list.weighted = true
    #expect(schema.fields == [.categorical("0"), list, .categorical("12")])
  }

  private func logText(_ log: LogSource) -> [UInt8] {
    if case .memory(let bytes) = log.kind { bytes } else { [] }
  }

  @Test(arguments: [
    ("1 3:1\n", "1:3: found \"3:1\", expected field:id:value"),
    ("1 x:1:1\n", "1:3: found \"x:1:1\", expected field:id:value, each field a number from 0"),
    ("1 0:1:1 0:2:1\n", "1:9: found a second id of field \"user\", expected one"),
    ("1 0:1:0.5\n", "1:3: found value 0.5 in field \"user\", expected 1"),
  ])
  func `a bad line is refused`(text: String, expected: String) {
    let found = message {
      _ = try FeatureEncoder.fit(Self.schema, to: [.text(text, name: "a.ffm")])
    }
    #expect(found?.hasPrefix("a.ffm:\(expected);") == true, "\(found ?? "")")
  }
}
