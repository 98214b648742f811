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
    #expect(draft.schema.fields.last == .numeric("price", encoding: .piecewise))
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

  private static let marked: [(String, String?, String)] = [
    ("click,price\n1,\"1,234.5\"\n0,12\n", nil, ","), ("click;price\n1;1.234,5\n0;12\n", ",", "."),
    ("click;price\n1;1\u{202F}234,5\n0;12\n", ",", "\u{202F}"),
    ("click,price\n1,1'234.5\n0,12\n", nil, "'"),
    ("click\tprice\n1\t1 234,5\n0\t12\n", ",", " "),
    ("click\tprice\n1\t1.234.567\n0\t1.000\n", ",", "."),
  ]

  @Test(arguments: marked) func `marks between thousands are told`(
    text: String, decimal: String?, mark: String
  ) throws {
    let log = LogSource.text(text)
    let given = Schema(label: "click", fields: [.numeric("price", encoding: .value)])
    let schema = try given.completed(from: [log]).schema
    #expect(schema.decimal == decimal && schema.thousands == mark)
    #expect(try Schema(yaml: schema.yaml()) == schema)
    let numbers = try FeatureEncoder.fit(schema, to: [log]).encode([log]).values
    #expect(
      numbers == [text.contains("567") ? 1_234_567 : 1234.5, text.contains("567") ? 1_000 : 12])
  }

  /// Versions, lists and numbers of three decimals are none.
  @Test(arguments: [
    "click,x\n1,1.234\n0,12.5\n", "click,x\n1,\"1,2\"\n0,\"12,34\"\n",
    "click,x\n1,1.2.3\n0,1.0.0\n",
    "click,x\n1,\"0,123\"\n0,\"1,234\"\n", "click;x\n1;1,234\n0;2,5\n",
  ])
  func `what may be something else is no mark between thousands`(text: String) throws {
    #expect(try Self.completed(text).thousands == nil)
  }

  private static let grouped: [(String, Double?)] = [
    ("1,234", 1234.0), ("12", 12), ("-1,234,567.25", -1_234_567.25), ("1e3", 1000), ("1,23", nil),
    ("1234,567", nil), (",123", nil), ("1,234,", nil), ("1.5,000", nil), ("1,2345", nil), ("", nil),
  ]

  @Test(arguments: grouped) func `marks stand between groups of three`(
    text: String, number: Double?
  ) {
    #expect(NumberText(thousands: ",").number(text) == number)
  }

  private static let bracketed: [(String, [String])] = [
    ("[1, 2]", ["1", "2"]), ("['a, b', \"c\"]", ["a, b", "c"]), ("{x,y z}", ["x", "y z"]),
    ("[]", []),
    ("( 'a' ,)", ["a"]), ("plain,text", ["plain", "text"]), ("['open]", ["'open"]), ("[", ["["]),
    ("[[1]]", ["[1]"]), (" [ ] ", []), ("['']", []),
  ]

  @Test(arguments: bracketed) func `lists in brackets are cut`(text: String, values: [String]) {
    var found: [String] = []
    Array(text.utf8).withUnsafeBytes { bytes in
      BracketedList(bytes, separator: UInt8(ascii: ",")).forEach {
        found.append(String(decoding: $0, as: UTF8.self))
      }
    }
    #expect(found == values)
  }

  @Test(
    arguments: [("[\"a\", \"b\"]", nil), ("['a' 'b']", " "), ("{a,b}", nil)] as [(String, String?)])
  func `a column of lists in brackets is one of lists`(list: String, separator: String?) throws {
    let cell = "\"" + list.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    let rows = (0..<60).map { "\($0 % 2),\($0 % 3 == 0 ? cell : "[]"),u\($0 % 7)\n" }
    let log = LogSource.text("click,tags,user\n" + rows.joined())
    let draft = try SchemaDraft(of: log)
    let field = Schema.Field.multivalued("tags", separator: separator, brackets: true)
    #expect(draft.schema.fields.first == field)
    let schema = try Schema(yaml: draft.yaml())
    #expect(schema == draft.schema)
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(encoder.fields[0].vocabulary.count == 2 && encoder.fields[0].slots == 2)
    #expect(try encoder.encode([log]).statistics[0].missing == 40)
  }

  /// As scikit-learn's `dump_svmlight_file` and LETOR write them.
  @Test func `comments and queries of svmlight are read`() throws {
    let text =
      "# Generated by dump_svmlight_file\n#\n\n1 qid:7 1:1 12:1 # doc 3\n  # a comment\n0 qid:7 2:1 11:1 #\n"
      + "0 qid:9 1:1 11:1\n1 2:1 12:1#x\n"
    for name in ["log.svm", "log"] {
      let log = LogSource.text(text.replacingOccurrences(of: "#x", with: " #x"), name: name)
      let schema = try Schema().completed(from: [log]).schema
      #expect(schema.format == .libsvm && schema.group == "qid" && schema.fields.count == 2)
      let draft = try SchemaDraft(of: log)
      #expect(try draft.schema == schema && Schema(yaml: draft.yaml()) == schema)
      let rows = try FeatureEncoder.fit(schema, to: [log]).encode([log])
      #expect(rows.labels == [1, 0, 0, 1])
      let groups = try #require(rows.groups)
      #expect(groups[0] == groups[1] && groups[1] != groups[2] && groups[3] != groups[2])
      // Whoever wants no group, or a field for it, says so.
      var other = schema
      other.group = "field2"
      let fields = try FeatureEncoder.fit(other, to: [log]).encode([log]).groups!
      #expect(fields[0] != fields[1] && fields[1] == fields[2])
    }
    // A comment begins a cell of its own.
    let bad = LogSource.text("1 1:1#x\n", name: "log.svm")
    #expect(message { _ = try Schema().completed(from: [bad]) }?.contains("1:1#x") == true)
  }

  @Test func `a log of comments alone has no rows`() throws {
    let log = LogSource.text("# nothing\n#\n", name: "log.svm")
    #expect(message { _ = try Schema().completed(from: [log]) }?.contains("no rows") == true)
  }

  @Test(arguments: [
    "thousands: \"#\"", "decimal: \",\"\nthousands: \",\"", "format: jsonl\nthousands: \",\"",
  ])
  func `a mark that cannot be one is refused`(yaml: String) {
    #expect(message { _ = try Schema(yaml: yaml) }?.contains("thousands") == true)
  }
}
