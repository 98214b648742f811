import CArrow
import Data
import Inspection
import Support
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Columns in memory as a log. Tests/Python/test_arrow.py holds random tables against PyArrow.
@Suite(.serialized) struct ArrowTests {
  private static let rows = 700

  private struct Row {
    var click: Int8
    var user: String?
    var item: Int64
    var price: Double?
    var tags: [String]
    var site: Int32?

    init(_ number: Int) {
      click = number % 3 == 0 ? 1 : 0
      user = number % 11 == 0 ? nil : "u\(number * 7 % 50)"
      item = Int64(number * 13 % 40) - 5
      price = number % 7 == 0 ? nil : Double(number % 20) / 4
      tags = (0..<number % 4).map { "t\((number + $0) % 6)" }
      site = number % 5 == 0 ? nil : Int32(number % 3)
    }

    var json: String {
      func text(_ value: String?) -> String { value.map { "\"\($0)\"" } ?? "null" }
      let tags = tags.map { "\"\($0)\"" }.joined(separator: ", ")
      return "{\"click\": \(click), \"user\": \(text(user)), \"item\": \(item), "
        + "\"price\": \(price.map { "\($0)" } ?? "null"), \"tags\": [\(tags)], "
        + "\"site\": \(text(site.map { sites[Int($0)] }))}\n"
    }
  }

  private static let sites = ["a.example", "a rather long name", "ü"]
  private static let all = (0..<rows).map(Row.init)

  private static func column<Value>(_ path: KeyPath<Row, Value>, _ rows: Range<Int>) -> [Value] {
    all[rows].map { $0[keyPath: path] }
  }

  private static var columns: [ArrowStream.Column] {
    [
      .init(name: "click", format: "c") { .numbers(column(\.click, $0)) },
      .init(name: "user", format: "u") { .texts(column(\.user, $0)) },
      .init(name: "item", format: "l") { .numbers(column(\.item, $0)) },
      .init(name: "price", format: "g") { .numbers(column(\.price, $0)) },
      .init(
        name: "tags", format: "+l",
        child: ("u", { rows in .texts(column(\.tags, rows).flatMap { $0 }) })
      ) { .lists(column(\.tags, $0).map(\.count)) },
      .init(name: "site", format: "i", dictionary: ("u", .texts(sites))) {
        .numbers(column(\.site, $0))
      },
    ]
  }

  private static let schema = Schema(
    label: "click",
    fields: [
      .categorical("user"), .categorical("item"), .numeric("price"), .multivalued("tags"),
      .categorical("site"), .numeric("number", column: "item"),
    ])

  private static func log(_ sizes: [Int], before: Int = 0) throws -> LogSource {
    var (pieces, start, turn) = ([Range<Int>](), 0, 0)
    while start < rows {
      let end = min(rows, start + sizes[turn % sizes.count])
      pieces.append(start..<end)
      (start, turn) = (end, turn + 1)
    }
    let stream = ArrowStream(columns, pieces: pieces, before: before).stream()
    return try ArrowColumns([stream], name: "frame").log(named: "frame")
  }

  @Test(arguments: [([700], 0), ([1, 300, 17], 0), ([64], 9)])
  func `columns give the rows that the same rows as text give`(_ sizes: [Int], before: Int) throws {
    let text = LogSource.text(Self.all.map(\.json).joined(), name: "rows.jsonl")
    let expected = try FeatureEncoder.fit(Self.schema, to: [text])
    let log = try Self.log(sizes, before: before)
    let encoder = try FeatureEncoder.fit(Self.schema, to: [log])
    #expect(encoder.layout == expected.layout)
    #expect(encoder.schema.format == .arrow)
    let (found, wanted) = (try encoder.encode([log]), try expected.encode([text]))
    #expect(found.rows == Self.rows && found.labels == wanted.labels)
    let (ours, theirs) = (found.batch(of: 0..<Self.rows), wanted.batch(of: 0..<Self.rows))
    #expect(ours.ids == theirs.ids && ours.values == theirs.values)
    // A model of one reads the other.
    #expect(try expected.encode([log]).batch(of: 0..<Self.rows).ids == theirs.ids)
    #expect(try encoder.encode([text]).batch(of: 0..<Self.rows).ids == theirs.ids)
  }

  @Test func `what a row holds is shown as of any log, and is released with it`() throws {
    let before = ArrowStream.unreleased
    var text: [UInt8] = []
    do {
      let log = try Self.log([500])
      #expect(ArrowStream.unreleased == before + 2)
      try LogLines.read([log], columns: ["user", "tags", "site"], limit: 3) { text += $0 }
    }
    #expect(ArrowStream.unreleased == before)
    #expect(
      String(decoding: text, as: UTF8.self) == """
        {"user": null, "tags": null, "site": null}
        {"user": "u7", "tags": ["t1"], "site": "a rather long name"}
        {"user": "u14", "tags": ["t2", "t3"], "site": "ü"}

        """)
  }

  @Test func `a row that is not as the schema says is named`() throws {
    let columns: [ArrowStream.Column] = [
      .init(name: "click", format: "c") { _ in .numbers([Int8(1), 0, 7]) },
      .init(name: "a", format: "u") { _ in .texts(["x", "y", "z"]) },
    ]
    let stream = ArrowStream(columns, pieces: [0..<3]).stream()
    let log = try ArrowColumns([stream], name: "frame").log(named: "frame")
    let error = #expect(throws: UserError.self) {
      try FeatureEncoder.fit(Schema(label: "click"), to: [log])
    }
    #expect(
      error?.description.hasPrefix("frame, row 3: found label \"7\", expected 0 or 1") == true)
  }

  @Test func `columns of one name, of other lengths and of no rows are told`() throws {
    func stream(_ name: String, _ count: Int) -> UnsafeMutablePointer<ArrowArrayStream> {
      ArrowStream(
        [.init(name: name, format: "c") { .numbers($0.map { Int8($0 % 2) }) }],
        pieces: count == 0 ? [] : [0..<count]
      ).stream()
    }
    #expect(try ArrowColumns([stream("a", 3), stream("b", 3)], name: "f").names == ["a", "b"])
    for (streams, words) in [
      ([stream("a", 3), stream("a", 3)], "f: found two columns called \"a\""),
      ([stream("a", 3), stream("b", 2)], "f: found 2 rows beside 3"),
    ] {
      let error = #expect(throws: UserError.self) { try ArrowColumns(streams, name: "f") }
      #expect(error?.description.hasPrefix(words) == true)
    }
    let empty = try ArrowColumns([stream("a", 0), stream("b", 0)], name: "f").log(named: "f")
    #expect(throws: UserError.noRows(in: "f")) {
      try FeatureEncoder.fit(Schema(label: "a", fields: [.categorical("b")]), to: [empty])
    }
  }

  @Test func `only text and files are read as bytes`() throws {
    let log = try Self.log([700])
    #expect(throws: UserError.self) { try log.contents() }
    #expect(try log.origin() == nil)
    #expect(try LogFormat.detected(in: log) == .arrow)
    let other = try Self.log([700])
    #expect(log == log && log != other)
  }
}
