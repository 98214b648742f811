import Foundation
import Support
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Labels by rule, times, groups, missing values, and columns without names.
@Suite struct RowMetadataTests {
  static func metadata(
    _ schema: Schema, _ log: LogSource, labels: LabelPolicy = .required
  ) throws -> [RowRecorder.Metadata] {
    try RowRecorder.rows(of: [log], schema.completed(from: [log]).schema, labels: labels).metadata
  }

  static let rules: [(Schema.Label, String, [Float])] = [
    (Schema.Label(column: "r", rule: .above(3)), "r,u\n4,a\n3,b\n3.5,c\n", [1, 0, 1]),
    (Schema.Label(column: "r", rule: .atLeast(3)), "r,u\n4,a\n3,b\n-1,c\n", [1, 1, 0]),
    (Schema.Label(column: "r", rule: .equals("yes")), "r,u\nyes,a\nno,b\nTRUE,c\n", [1, 0, 1]),
    (Schema.Label(rule: .above(0)), "u,label\na,2\nb,0\nc,1\n", [1, 0, 1]),
  ]

  @Test(arguments: rules)
  func `a rule makes a label`(label: Schema.Label, text: String, labels: [Float]) throws {
    let rows = try Self.metadata(Schema(label: label), .text(text))
    #expect(rows.map(\.label) == labels)
    let schema = try Schema(label: label).completed(from: [.text(text)]).schema
    #expect(schema.fields.map(\.name) == ["u"])
    #expect(try Schema(yaml: schema.yaml()) == schema)
    let json = try JSONEncoder().encode(schema)
    #expect(try JSONDecoder().decode(Schema.self, from: json) == schema)
  }

  @Test func `a label that is no number is refused`() throws {
    let schema = Schema(label: Schema.Label(column: "r", rule: .above(3)))
    #expect(
      message { _ = try Self.metadata(schema, .text("r,u\n4,a\nhigh,b\n")) }
        == "log.csv:3:1: found label \"high\", expected a number; correct or delete the row")
  }

  static let times: [(TimeFormat, String, Int64?)] = [
    (.unix, "0", 0), (.unix, "1413849600", 1_413_849_600), (.unix, "-1.5", -2),
    (.unix, "x", nil), (.unixMilliseconds, "1413849600999", 1_413_849_600),
    (.yymmddhh, "14102100", 1_413_849_600), (.yymmddhh, "14102124", nil),
    (.yymmddhh, "141021", nil),
    (.yymmddhh, "14022900", nil), (.yymmddhh, "16022900", 1_456_704_000),
    (.yyyymmdd, "20141021", 1_413_849_600), (.yyyymmdd, "20141321", nil),
    (.iso, "2014-10-21", 1_413_849_600), (.iso, "2014-10-21 01:02", 1_413_853_320),
    (.iso, "2014-10-21T01:02:03", 1_413_853_323), (.iso, "2014-10-21T01:02:03.456Z", 1_413_853_323),
    (.iso, "2014-10-21T02:00:00+02:00", 1_413_849_600),
    (.iso, "2014-10-20 23:30-0030", 1_413_849_600), (.iso, "2014-10-21 02:00:00+02", 1_413_849_600),
    (.iso, "2014-10-21 02:00:00.5+02", 1_413_849_600), (.iso, "2014-10-21 02:00:00+24", nil),
    (.iso, "2014-10-21T", nil), (.iso, "2014-10-21T01", nil), (.iso, "2014-10-21 01:02 ", nil),
    (.iso, "21.10.2014", nil), (.iso, "2014-10-21T02:00:00+2", nil), (.iso, "1969-12-31", -86_400),
    (.iso, "1900-03-01", -2_203_891_200), (.iso, "2000-02-29T12:00Z", 951_825_600),
  ]

  @Test(arguments: times)
  func `times are read`(format: TimeFormat, text: String, seconds: Int64?) {
    #expect(Array(text.utf8).withUnsafeBytes { format.seconds($0) } == seconds)
  }

  static let parts: [(Int64, hour: Int, weekday: Int, weekend: Int)] = [
    (1_413_849_600, 0, 2, 0),  // Tuesday
    (1_414_205_999, 2, 6, 1), (1_414_281_599, 23, 6, 1), (1_414_281_600, 0, 7, 1), (0, 0, 4, 0),
    (-1, 23, 3, 0), (-86_400, 0, 3, 0), (-5 * 86_400, 0, 6, 1), (-7 * 86_400, 0, 4, 0),
  ]

  @Test(arguments: parts)
  func `parts of a time`(seconds: Int64, hour: Int, weekday: Int, weekend: Int) {
    #expect(TimePart.hour.value(of: seconds) == hour)
    #expect(TimePart.weekday.value(of: seconds) == weekday)
    #expect(TimePart.weekend.value(of: seconds) == weekend)
    for part in TimePart.allCases {
      let text = String(decoding: part.text(of: seconds), as: UTF8.self)
      #expect(text == String(part.value(of: seconds)))
    }
  }

  @Test(arguments: [
    ("14102100,14102123", TimeFormat.yymmddhh), ("20141021,20141130", .yyyymmdd),
    ("1413849600,1413849601", .unix), ("1413849600123", .unixMilliseconds),
    ("2014-10-21 10:00:00,2014-10-22", .iso),
  ])
  func `the format of times is detected`(values: String, format: TimeFormat) {
    #expect(TimeFormat.detected(in: values.split(separator: ",").map(String.init)) == format)
    #expect(
      TimeFormat.detected(in: ["12", "13"]) == nil && TimeFormat.detected(in: [String]()) == nil)
  }

  static let timed = LogSource.text(
    "click,hour,user,seen\n1,14102100,a,2014-10-25\n0,14102123,b,\n1,14102201,a,2014-10-26\n")

  /// All rows of nobody in one part of a split would leave the others without any.
  @Test func `rows without a group are groups of their own`() throws {
    let log = LogSource.text("label,user\n1,a\n0,\n1,NA\n0,a\n1,\n")
    let rows = try Self.metadata(
      Schema(group: "user", missing: ["NA"], fields: [.categorical("user")]), log)
    #expect(rows[0].group == rows[3].group && Set(rows.map(\.group)).count == 4)
  }

  @Test func `time and group come with the row`() throws {
    let rows = try Self.metadata(Schema(time: "hour", group: "user"), Self.timed)
    #expect(rows.map(\.time) == [1_413_849_600, 1_413_932_400, 1_413_939_600])
    #expect(rows[0].group == rows[2].group && rows[0].group != rows[1].group)
    #expect(rows[0].group == Array("a".utf8).withUnsafeBytes { XXH64.hash($0) })
    let schema = Schema(time: "hour", group: "user")
    let data = try FeatureEncoder.fit(schema, to: [Self.timed]).encode([Self.timed])
    #expect(data.times == rows.map(\.time) && data.groups == rows.map(\.group))
    let without = try Self.metadata(Schema(), Self.timed)
    #expect(without.allSatisfy { $0.time == RowBatch.noTime && $0.group == 0 })
  }

  @Test func `fields are derived from times`() throws {
    let schema = try Schema(
      yaml: """
        time: hour
        fields:
        - {name: hour of day, derive: hour}
        - {name: weekday, derive: weekday}
        - {name: seen, column: seen, derive: weekend}
        """)
    let encoder = try FeatureEncoder.fit(schema, to: [Self.timed])
    #expect(
      encoder.fields.map(EncoderTests.values) == [["0", "1", "23"], ["2", "3"], ["1"]])
    #expect(
      encoder.notes.suffix(2) == [
        "times: column \"hour\" as yymmddhh", "times: column \"seen\" as iso",
      ])
    #expect(try encoder.encode([Self.timed]).ids == [2, 7, 11, 4, 7, 10, 3, 8, 11])
    let later = LogSource.text("hour,seen,click\n14102204,2014-10-27,0\n")
    #expect(try encoder.encode([later]).ids == [0, 8, 9])
    #expect(
      message { _ = try encoder.encode([.text("hour,seen,click\n14102224,,0\n")]) }
        == "log.csv:2:1: found \"14102224\" in column \"hour\", expected a time as yymmddhh; correct "
        + "or delete the row")
    let saved = try JSONEncoder().encode(encoder)
    #expect(try JSONDecoder().decode(FeatureEncoder.self, from: saved) == encoder)
  }

  @Test func `times that are none are refused`() {
    #expect(
      message { _ = try Schema(time: "user").completed(from: [Self.timed]) }
        == "log.csv: found \"a\" in column \"user\", expected times in one of the formats unix, "
        + "unix-ms, yymmddhh, yyyymmdd, iso; name the format, or another column")
  }

  @Test func `columns without header have numbers or given names`() throws {
    let log = LogSource.text("1,a,7\n0,b,8\n")
    let byNumber = try Schema(
      yaml: "header: false\nlabel: 1\nfields:\n- {name: user, column: 2}\n")
    let encoder = try FeatureEncoder.fit(byNumber, to: [log])
    #expect(encoder.schema.columns == ["1", "2", "3"])
    #expect(try encoder.encode([log]).ids == [2, 3])
    #expect(try encoder.encode([.text("b,9\n")], labels: .optional).ids == [3])
    let byName = try Schema(yaml: "columns: [click, user, item]\n")
    #expect(try byName.completed(from: [log]).schema.fields.map(\.name) == ["user", "item"])
    #expect(try FeatureEncoder.fit(byName, to: [log]).encode([log]).rows == 2)
  }

  @Test func `markers stand for missing values`() throws {
    let log = LogSource.text("label,u,n,l\n1,NA,NULL,x\n0,b,2,NA\n1,NAN,,x|NA\n")
    let schema = Schema(
      missing: ["NA", "NULL"],
      fields: [.categorical("u"), .numeric("n", encoding: .value), .multivalued("l")])
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(encoder.fields.map(EncoderTests.values) == [["NAN", "b"], [], ["x", "NA"]])
    let data = try encoder.encode([log])
    #expect(data.statistics.map(\.missing) == [1, 2, 1])
  }

  @Test func `a group of libsvm is a field`() throws {
    let log = LogSource.text("1 1:1 5:1\n0 2:1 5:1\n1 1:1 6:1\n", name: "a.libsvm")
    let schema = Schema(
      format: .libsvm, group: "user",
      fields: [.ids("user", IDRange(0, 4)), .ids("x", IDRange(5, 9))])
    let rows = try Self.metadata(schema, log)
    #expect(rows[0].group == rows[2].group && rows[0].group != rows[1].group)
  }
}
