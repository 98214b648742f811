import Support
import Testing

@testable import Features
@testable import Logs

@Suite struct SchemaTests {
  @Test(arguments: ["movielens-1m", "frappe", "criteo"])
  func `the examples are valid and survive a round trip`(name: String) throws {
    let schema = try Schema(file: "\(RealData.examples)/\(name).yaml")
    #expect(try Schema(yaml: schema.yaml()) == schema)
  }

  @Test func `the Criteo example is the built in schema`() throws {
    #expect(try Schema(file: "\(RealData.examples)/criteo.yaml") == .criteo)
  }

  @Test func `every key survives a round trip`() throws {
    let schema = Schema(
      format: .csv, columns: ["A", "b", "y", "t"], label: .init(column: "y", rule: .equals("yes")),
      weight: "w", time: .init(column: "t", format: .unix), group: "b", missing: ["NA"],
      minCount: 3,
      limit: 1_000, overflow: .hash,
      fields: [
        Schema.Field(
          name: "h", kind: .categorical, vocabulary: "v", limit: 10, overflow: .error),
        .derived("m", .hour), .derived("n", .weekday, column: "t", format: .yymmddhh),
        .categorical("i").hashed(into: 9, by: .murmur3), Schema.Field(name: "j", kind: .ignored),
        .numeric("k", encoding: .boundaries, boundaries: [0, 1.5]),
        .numeric("l", encoding: .quantiles, buckets: 7),
        .categorical("a", column: "A", minCount: 1),
        .multivalued("b", separator: ";", pooling: .sum, maxValues: 4, minCount: 2),
        .numeric("c", encoding: .logBucket), .numeric("d", encoding: .standardized),
      ])
    #expect(try Schema(yaml: schema.yaml()) == schema)
  }

  static let mistakes: [(yaml: String, expected: String)] = [
    (
      "fields:\n- name: a\n  knid: numeric\n",
      "s.yaml:3:3: found unknown key \"knid\", expected one of "
        + listed(Schema.Field.knownKeys.keys.sorted()) + "; did you mean \"kind\"?"
    ),
    (
      "feilds: []\n",
      "s.yaml:1:1: found unknown key \"feilds\", expected one of "
        + Schema.knownKeys.keys.sorted().joined(separator: ", ") + "; did you mean \"fields\"?"
    ),
    (
      "fields:\n- name: a\n  kind: numerical\n",
      "s.yaml:3:9: found kind \"numerical\", expected one of categorical, multivalued, numeric, "
        + "ignored; did you mean \"numeric\"?"
    ),
    (
      "fields:\n- kind: numeric\n",
      "s.yaml:2:3: found no key \"name\", expected it here; add it"
    ),
    ("min_count: many\n", "s.yaml:1:12: found another kind of value, expected Int; correct it"),
    (
      "fields:\n- name: a\n- name: a\n",
      "s.yaml:3:9: found a second field of field \"a\", expected each name once; rename or delete "
        + "one"
    ),
    (
      "fields:\n- {name: a, kind: multivalued, separator: ab}\n",
      "s.yaml:2:43: found separator \"ab\" of field \"a\", expected one ASCII character; choose "
        + "another separator in the log"
    ),
    (
      "fields:\n- {name: a, pooling: sum}\n",
      "s.yaml:2:22: found pooling of field \"a\", expected no such key for kind categorical; "
        + "delete it or change the kind"
    ),
    (
      "fields:\n- {name: a, ids: 5-2}\n",
      "s.yaml:2:18: found \"5-2\", expected a range of ids; write it as first-last, for instance "
        + "0-956"
    ),
    (
      "fields:\n- {name: a, ids: 0-9}\n- {name: b, ids: 9-12}\n",
      "s.yaml:3:18: found ids 9-12 of field \"b\", expected none of 0-9, which are those of \"a\"; "
        + "let each id belong to one field"
    ),
    (
      "fields:\n- {name: a, encoding: hash}\n",
      "s.yaml:2:23: found encoding \"hash\" without buckets of field \"a\", expected buckets beside "
        + "it; add buckets: 1000 or another number"
    ),
    (
      "fields:\n- {name: a, encoding: hash, buckets: 1}\n",
      "s.yaml:2:38: found buckets 1 of field \"a\", expected at least 2; take more buckets"
    ),
    (
      "fields:\n- {name: a, kind: numeric, encoding: periodic, frequencies: 20}\n",
      "s.yaml:2:61: found frequencies 20 of field \"a\", expected 1 to 12; choose one of them"
    ),
    (
      "fields:\n- {name: a, encoding: hash, buckets: 9, hash: md5}\n",
      "s.yaml:2:47: found hash \"md5\", expected one of xxh64, murmur3; choose one"
    ),
    (
      "fields:\n- {name: a, encoding: quantiles, buckets: 9}\n",
      "s.yaml:2:23: found encoding \"quantiles\" of field \"a\", expected one of vocabulary, hash "
        + "for kind categorical; choose one or change the kind"
    ),
    (
      "fields:\n- {name: a, kind: numeric, encoding: boundaries, boundaries: [1, 1]}\n",
      "s.yaml:2:62: found boundaries [1.0, 1.0] of field \"a\", expected ascending numbers; sort "
        + "them and delete doubles"
    ),
    (
      "fields:\n- {name: a, buckets: 9}\n",
      "s.yaml:2:22: found buckets of field \"a\", expected no such key for kind categorical; delete "
        + "it or change the kind"
    ),
    (
      "fields:\n- {name: a, vocabulary: v}\n- {name: b, vocabulary: v, min_count: 2}\n",
      "s.yaml:3:25: found vocabulary \"v\" of field \"b\", expected the same encoding, min_count, "
        + "limit, overflow, buckets and hash as in field \"a\"; make them equal"
    ),
    (
      "label: {colunm: a}\n",
      "s.yaml:1:9: found unknown key \"colunm\", expected one of above, at_least, column, equals; "
        + "did you mean \"column\"?"
    ),
    (
      "label: {column: a, above: 3, equals: x}\n",
      "s.yaml:1:8: found 2 rules, expected one of above, at_least, equals; delete the others"
    ),
    (
      "time: {column: t, format: unx}\n",
      "s.yaml:1:27: found format \"unx\", expected one of unix, unix-ms, yymmddhh, yyyymmdd, iso; "
        + "did you mean \"unix\"?"
    ),
    (
      "label: rating\nfields:\n- {name: rating, kind: numeric}\n",
      "s.yaml:3:10: found the label's column of field \"rating\", expected another one: the model "
        + "would be shown the answer; delete the field"
    ),
    (
      "fields:\n- {name: h, derive: hour}\n",
      "s.yaml:2:21: found derive of field \"h\", expected a time to derive from; add time: to the "
        + "schema, or column: to the field"
    ),
    (
      "format: criteo\nheader: false\n",
      "s.yaml:2:9: found header, expected no such key in format criteo; delete it"
    ),
    (
      "columns: [a, b, a]\n",
      "s.yaml:1:17: found column \"a\" twice, expected each name once; rename one"
    ),
    (
      "format: libsvm\ntime: t\n",
      "s.yaml:2:7: found time \"t\", expected no time in format libsvm, which has none; delete it, "
        + "or write the log as CSV"
    ),
    (
      "limit: 0\n", "s.yaml:1:8: found limit 0, expected at least 1; delete it for no limit"
    ),
    (
      "min_count: 0\n",
      "s.yaml:1:12: found min_count 0, expected at least 1; write 1 to keep every value"
    ),
    (
      "format: libsvm\nweight: w\n",
      "s.yaml:2:9: found weight \"w\", expected no weight in format libsvm, which has none; delete "
        + "it, or write the log as CSV"
    ),
    (
      "label: [a\n",
      "s.yaml:2:1: found did not find expected ',' or ']', expected YAML; correct "
        + "the line"
    ),
    (
      "label: a\nlabel: b\n",
      "s.yaml:1:1: found key \"label\" twice, expected YAML; correct the line"
    ),
  ]

  @Test(arguments: mistakes)
  func `a mistake is named with its place`(yaml: String, expected: String) {
    #expect(message { _ = try Schema(yaml: yaml, name: "s.yaml") } == expected)
  }

  @Test func `an unknown format is refused with those there are`() {
    // Programs may have added some.
    #expect(
      message { _ = try Schema(yaml: "format: orc\n", name: "s.yaml") }?.hasPrefix(
        "s.yaml:1:9: found format \"orc\", expected one of csv, tsv, criteo, libsvm, libffm, jsonl, parquet"
      )
        == true)
  }

  @Test(arguments: [
    ("log.csv", "label,a\n1,2\n", LogFormat.csv), ("log.csv.gz", "label,a\n1,2\n", .csv),
    ("log.tsv", "label\ta\n1\t2\n", .tsv), ("log", "label\ta\n1\t2\n", .tsv),
    ("log.txt", "label,a\n1,2\n", .csv), ("log.libsvm", "1 3:1\n", .libsvm),
    ("log.txt", "1 3:1 4:1\n", .libsvm),
    ("log.txt", "0" + String(repeating: "\t1", count: 39) + "\n", .criteo),
    ("day_0.tsv.gz", "1" + String(repeating: "\t7", count: 39) + "\n", .criteo),
  ])
  func `the format is told from name or first line`(name: String, text: String, format: LogFormat)
    throws
  {
    #expect(try LogFormat.detected(in: .text(text, name: name)) == format)
  }

  @Test func `a CSV needs no schema`() throws {
    let log = LogSource.text("user,click,tags\na,1,\nb,0,x|y\n")
    let (schema, notes) = try Schema().completed(from: [log])
    #expect(
      schema
        == Schema(
          format: .csv, label: "click", fields: [.categorical("user"), .multivalued("tags")]))
    #expect(
      notes == [
        "log.csv: format csv", "label: column \"click\"",
        "fields: 1 columns as categorical, tags as lists separated by |",
      ])
  }

  @Test func `label and weight are no fields`() throws {
    let log = LogSource.text("w,bought,user\n1,1,a\n")
    let (schema, _) = try Schema(label: "bought", weight: "w").completed(from: [log])
    #expect(schema.fields.map(\.name) == ["user"])
  }

  @Test func `libsvm with one id a position has a field a position`() throws {
    let log = LogSource.text("1 2:1 10:1 30:1\n0 10:1 7:1 31:1\n", name: "a.libsvm")
    let regular = LogSource.text("1 2:1 10:1 30:1\n0 3:1 12:1 31:1\n", name: "a.libsvm")
    let (byPosition, _) = try Schema().completed(from: [regular])
    #expect(byPosition.fields.map(\.ids) == [IDRange(0, 9), IDRange(10, 29), IDRange(30, .max)])
    let (mixed, _) = try Schema().completed(from: [log])
    #expect(mixed.fields.count == 1 && mixed.fields[0].kind == .multivalued)
    let ragged = LogSource.text("1 2:0.5 10:1\n0 10:1\n", name: "a.libsvm")
    let (list, _) = try Schema().completed(from: [ragged])
    #expect(list.fields[0].weighted == true && list.fields[0].pooling == .sum)
  }

  @Test func `Criteo is completed from its format alone`() throws {
    let log = LogSource.text("0" + String(repeating: "\t1", count: 39) + "\n", name: "train.txt")
    #expect(try Schema().completed(from: [log]).schema == .criteo)
    #expect(try Schema(minCount: 2).completed(from: [log]).schema.minCount == 2)
  }
}
