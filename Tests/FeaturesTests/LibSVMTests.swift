import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

@Suite struct LibSVMTests {
  static func log(_ text: String) -> LogSource { .text(text, name: "log.libsvm") }

  static let schema = Schema(
    format: .libsvm,
    fields: [
      .ids("a", IDRange(0, 9)), .ids("b", IDRange(10, 19), kind: .multivalued, weighted: true),
      .ids("n", IDRange(20, 20), kind: .numeric),
    ])

  @Test func `each id goes to the field of its range`() throws {
    var schema = Self.schema
    schema.fields[1].pooling = .sum
    schema.fields[2].encoding = .value
    let log = Self.log("1 20:0.5 3:1 11:2 12:-1\n-1 003:1 11:1\n+1 12:1\n")
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(encoder.layout.slotFields == [0, 1, 1, 2])
    let data = try encoder.encode([log])
    #expect(data.labels == [1, 0, 1])
    // a: 3 → 2; b: 11 → 5, 12 → 6; n: missing 7, value 8.
    #expect(data.ids == [2, 5, 6, 8, 2, 5, -1, 7, 1, 6, -1, 7])
    #expect(data.values == [1, 2, -1, 0.5, 1, 1, 0, 1, 1, 1, 0, 1])
  }

  @Test func `a line may have no ids`() throws {
    let log = Self.log("1 1:1\n0\n")
    let encoder = try FeatureEncoder.fit(
      Schema(fields: [.ids("a", IDRange(0, 9))]), to: [log])
    #expect(try encoder.encode([log]).ids == [2, 1])
  }

  @Test(
    arguments: [
      ("{at_least: 2}", [0, 1, 0, 1, 0]), ("{above: 0}", [0, 1, 1, 1, 0]),
      ("{equals: -1}", [0, 0, 0, 0, 1]), ("{above: -2}", [1, 1, 1, 1, 1]),
    ] as [(String, [Float])])
  func `a rule says which grades are clicks`(rule: String, labels: [Float]) throws {
    let schema = try Schema(yaml: "format: libsvm\nlabel: \(rule)\nfields: [{name: a, ids: 0-9}]")
    let log = Self.log("0 1:1\n3 1:1\n1.0 2:1\n2 1:1\n-1 1:1\n")
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(try encoder.encode([log]).labels == labels)
  }

  @Test func `prediction needs no labels`() throws {
    let encoder = try FeatureEncoder.fit(
      Schema(fields: [.ids("a", IDRange(0, 9))]), to: [Self.log("1 1:1\n")])
    let data = try encoder.encode([Self.log("1:1\n9:1\n")], labels: .optional)
    #expect(!data.isLabelled && data.ids == [2, 0])
  }

  @Test(arguments: [
    ("1 3:1 7\n", "1:7: found \"7\", expected a pair id:value; correct or delete the line"),
    ("1 -3:1\n", "1:3: found \"-3:1\", expected an id from 0; correct or delete the line"),
    (
      "1 9999999999:1\n",
      "1:3: found \"9999999999:1\", expected an id from 0 to 2147483647; "
        + "correct or delete the line"
    ),
    (
      "1 3:x\n",
      "1:3: found \"3:x\", expected a number behind the colon; correct or delete the line"
    ),
    (
      "1 3:1\n0 25:1\n",
      "2:3: found id 25, expected an id of a field (0-9, 10-19, 20-20); correct "
        + "it, or give it to a field"
    ),
    (
      "1 3:1 4:1\n",
      "1:7: found a second id of field \"a\", expected one; delete it, or make the "
        + "field multivalued"
    ),
    (
      "1 3:0.5\n",
      "1:3: found value 0.5 in field \"a\", expected 1; set weighted: true for the "
        + "field if its values count"
    ),
    (
      "2 3:1\n",
      "1:1: found label \"2\", expected 0 or 1; correct or delete the row, or say in a schema what a "
        + "click is, label: {at_least: …} or {equals: …}"
    ),
    ("-2 3:1\n", "1:1: found label \"-2\", expected 0 or 1; correct or delete the row"),
    (
      "3:1\n",
      "1:1: found \"3:1\", expected a label 0 or 1 before the pairs; write label id:value …"
    ),
  ])
  func `a bad line is refused`(text: String, expected: String) {
    #expect(
      message { _ = try FeatureEncoder.fit(Self.schema, to: [Self.log(text)]) }
        == "log.libsvm:" + expected)
  }

  @Test func `ignored fields are passed over`() throws {
    let log = LogSource.text("1 0:1 7:0.5 10:1\n0 1:1 8:3 9:1 11:1\n", name: "a.libsvm")
    let schema = try Schema(
      yaml: """
        format: libsvm
        fields:
          - {name: user, ids: 0-5}
          - {name: score, ids: 6-9, kind: ignored}
          - {name: item, ids: 10-20}
        """)
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(encoder.fields.map(\.field.name) == ["user", "item"])
    #expect(encoder.schema.ignoredIDs == [IDRange(6, 9)])
    let data = try encoder.encode([log])
    #expect(data.rows == 2 && data.statistics.allSatisfy { $0.missing == 0 })
    // It stays known to a model, and may be said by itself: the fields are then told by position.
    let saved = try JSONDecoder().decode(FeatureEncoder.self, from: JSONEncoder().encode(encoder))
    #expect(try saved.encode([log]).ids == data.ids)
    let told = try Schema(yaml: "format: libsvm\nignored_ids: [6-9]\n").completed(from: [log])
    #expect(told.schema.fields.map(\.ids) == [IDRange(0, 9), IDRange(10, .max)])
    #expect(try FeatureEncoder.fit(told.schema, to: [log]).encode([log]).rows == 2)
    let without = "format: libsvm\nfields: [{name: x, kind: ignored}, {name: y, ids: 0-9}]"
    #expect(
      message { _ = try Schema(yaml: without).completed(from: [log]) }?
        .hasPrefix("schema: found ignored field \"x\" without ids") == true)
    #expect(
      message { _ = try Schema(yaml: "format: csv\nignored_ids: [6-9]\n") }?
        .hasPrefix("schema:2:14: found ignored_ids, expected no such key in format csv") == true)
  }
}

extension LibSVMTests {
  @Test func `an unseen id between the ids of two positions is an unknown value`() throws {
    let log = Self.log("1 1:1 20:1 30:1\n0 2:1 21:1 31:1\n")
    let encoder = try FeatureEncoder.fit(to: [log])
    // 10 and 25 lie in the ranges of the positions before theirs.
    let data = try encoder.encode([Self.log("1 1:1 10:1 25:1\n0 2:1 20:1 99:1\n")])
    let seen = try encoder.encode([log])
    let unknown = encoder.fields.map(\.unknownID)
    #expect(
      data.ids == [
        seen.ids[0], unknown[1]!, unknown[2]!, seen.ids[3], seen.ids[1], unknown[2]!,
      ])
    // Fewer ids than positions say nothing of theirs.
    #expect(
      message { _ = try encoder.encode([Self.log("1 1:1 10:1\n")]) }?
        .contains("found a second id of field \"field1\"") == true)
  }
}
