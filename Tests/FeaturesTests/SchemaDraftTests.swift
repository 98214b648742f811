import Examples
import Random
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

@Suite struct SchemaDraftTests {
  /// The draft of some rows that come many times, in columns by name.
  static func draft(_ text: String) throws -> SchemaDraft { try SchemaDraft(of: .text(text)) }

  /// A log with every kind of column.
  static let shop: String = {
    var stream = RandomStream(seed: 9, purpose: "shop")
    var csv = CSVText(columns: [
      "impression", "event_time", "userId", "device", "price", "interests", "country",
      "bought before",
      "version", "clicked",
    ])
    let interests = ["sport", "food", "cars", "music"]
    for row in 0..<600 {
      let count = Int(1 / (stream.uniform() + 0.001))
      csv.append([
        "x\(row)y", "2026-03-0\(1 + row / 80)T10:00:00Z", "\(10_000 + stream.below(80))",
        ["ios", "android", ""][stream.below(3)], "\(Float(stream.below(9_000)) / 100)",
        (0..<stream.below(4)).map { _ in interests[stream.below(4)] }.joined(separator: ";"),
        ["DE", "NA", "FR"][stream.below(3)], "\(count)", "4.2", "\(stream.below(2))",
      ])
    }
    return csv.text
  }()

  @Test func `each column becomes what it looks like`() throws {
    let schema = try Self.draft(Self.shop).schema
    #expect(schema.label == "clicked" && schema.group == "userId" && schema.missing == ["NA"])
    #expect(schema.time == Schema.Time(column: "event_time", format: .iso))
    #expect(
      schema.fields == [
        .derived("hour of day", .hour), .derived("weekday", .weekday),
        Schema.Field(name: "impression", kind: .ignored), .categorical("userId"),
        .categorical("device"), .numeric("price", encoding: .piecewise),
        .multivalued("interests", separator: ";"), .categorical("country"),
        .numeric("bought before", encoding: .piecewise),
        Schema.Field(name: "version", kind: .ignored),
      ])
  }

  /// What is the same in one file is not in all.
  @Test func `several files are looked at together`() throws {
    let files = (0..<40).map { file in
      let rows = (0..<50).map { "\($0 % 2),u\($0 % 7),c\(file / 20),2026-03-0\(1 + file % 9)\n" }
      return LogSource.text("label,user,country,day\n" + rows.joined(), name: "part-\(file).csv")
    }
    let alone = try SchemaDraft(of: files[0])
    #expect(alone.schema.fields.filter { $0.kind == .ignored }.map(\.name) == ["country", "day"])
    let all = try SchemaDraft(of: files)
    #expect(all.seen == "all 800 rows of 16 of 40 files were looked at")
    #expect(all.schema.time == Schema.Time(column: "day", format: .iso))
    // Days have no hours.
    #expect(
      all.schema.fields == [
        .derived("weekday", .weekday), .categorical("user"), .categorical("country"),
      ])
    #expect(try SchemaDraft(of: files, rows: 160).seen.hasPrefix("the first 160 rows of 16 of 40"))
    // Keys that only a later file has.
    let lines = [
      "{\"label\": 1, \"a\": 2}\n{\"label\": 0, \"a\": 3}\n", "{\"label\": 1, \"b\": \"x\"}\n",
    ]
    let keys = try SchemaDraft(of: lines.enumerated().map { .text($1, name: "\($0).jsonl") })
    #expect(keys.schema.fields.map(\.name) == ["a", "b"])
  }

  @Test func `what is written is read back and fits`() throws {
    let draft = try Self.draft(Self.shop)
    let schema = try Schema(yaml: draft.yaml())
    #expect(schema == draft.schema)
    let log = LogSource.text(Self.shop)
    #expect(try FeatureEncoder.fit(schema, to: [log]).encode([log]).rows == 600)
    #expect(draft.yaml().contains("{name: version, kind: ignored}  # the same value in every row"))
  }

  @Test(arguments: [
    ("rating,u\n5,a\n3,b\n1,c\n", Schema.Label(column: "rating", rule: .above(3))),
    ("u,Click\na,1\nb,0\n", "Click"),
    (
      "u,is_fraud,z\na,yes,1\nb,no,2\n",
      Schema.Label(column: "is_fraud", rule: .equals("yes"))
    ),
    ("u,x\na,1\nb,0\n", "x"),
  ])
  func `labels are found`(text: String, label: Schema.Label) throws {
    #expect(try Self.draft(text).schema.label == label)
  }

  @Test(arguments: [
    (3.0, "3"), (-17, "-17"), (0.5, "0.5"), (6.0390625, "6.039"), (0.000123456, "0.0001235"),
    (12_345.678, "12350"), (123.456, "123.5"), (1e20, "1e+20"),
  ])
  func `numbers are brief`(number: Double, text: String) { #expect(number.inBrief == text) }

  @Test(arguments: ["", "Unnamed: 0", "index", "rowid"])
  func `numbers of rows are no field`(name: String) throws {
    let rows = (0..<80).map { "\($0),\($0 % 2),a\($0 % 3)^b\($0 % 5)\n" }
    let schema = try Self.draft("\(name),label,tags\n" + rows.joined()).schema
    #expect(
      schema.fields == [
        Schema.Field(name: name, kind: .ignored), .multivalued("tags", separator: "^"),
      ])
  }

  /// Parcels have weights, too.
  @Test(arguments: [("weight", 1, true), ("weight", 250, false), ("sample_weight", 250, true)])
  func `a sample weight goes by its name and its numbers`(
    name: String, factor: Int, isWeight: Bool
  ) throws {
    let rows = (0..<200).map { "\($0 % 3 == 0 ? 1 : 0),u\($0 % 20),\(factor * (1 + $0 % 4))\n" }
    let draft = try SchemaDraft(of: .text("click,user,\(name)\n" + rows.joined()))
    #expect((draft.schema.weight == name) == isWeight)
    #expect(draft.schema.fields.contains { $0.name == name } == !isWeight)
  }

  @Test func `a log without label is refused`() {
    #expect(
      message { _ = try Self.draft("a,b\nx,y\nz,w\n") }
        == "log.csv:1: found columns a, b, none of 0 and 1 or a rating, expected a column that says "
        + "whether there was a click; write label: {column: …, equals: …} or {column: …, above: …} in a "
        + "schema by hand")
  }

  @Test func `a log without header has numbered columns`() throws {
    let draft = try Self.draft("1,a,7\n0,b,8\n1,a,8\n")
    #expect(draft.schema.header == false && draft.schema.label == "1")
    #expect(draft.schema.fields.map(\.name) == ["2", "3"])
    #expect(try Schema(yaml: draft.yaml()) == draft.schema)
  }

  @Test func `names that YAML takes for something else are quoted`() throws {
    let names = [
      "yes", "a: b", "1", "- x", "c#d", "\"q\"", "e\nf", "日本", "null", "{x}", "~", " s",
      "a\u{FEFF}\u{200B}\u{2028}", "\u{7F}",
    ]
    let rows = LogSource.rows(
      columns: ["label"] + names,
      (0..<8).map { row in ["\(row % 2)"] + names.map { "\($0)\(row % 3)" } })
    let draft = try SchemaDraft(of: rows)
    #expect(try Schema(yaml: draft.yaml()) == draft.schema)
    #expect(Set(draft.schema.fields.map(\.name)) == Set(names))
  }

  @Test func `a byte order mark within a header is named`() {
    let found = message { _ = try SchemaDraft(of: .text("label,\u{FEFF}u\n1,a\n0,b\n")) }
    #expect(found?.contains("found a byte order mark in column") == true)
  }

  /// A JSON log with every kind of key.
  static let objects: String = {
    var stream = RandomStream(seed: 4, purpose: "objects")
    let tags = ["sport", "food, drink", "cars|bikes", "a \\\"b\\\""]
    return (0..<600).map { row in
      let list = (0..<stream.below(4)).map { _ in "\"\(tags[stream.below(4)])\"" }
      let vector = (0..<3).map { _ in "\(stream.uniform())" }
      var members = [
        "\"click\": \(stream.below(2) == 1)", "\"user\": {\"id\": \(10_000 + stream.below(80))}",
        "\"at\": \"2026-03-0\(1 + row / 80)T10:00:00Z\"",
        "\"price\": \(stream.below(5) == 0 ? "null" : "\(Float(stream.below(9_000)) / 100)")",
        "\"tags\": [\(list.joined(separator: ", "))]",
        "\"vector\": [\(vector.joined(separator: ","))]",
        "\"request\": \"r\(row)\"", "\"basket\": [{\"item\": 1, \"n\": [2]}]", "\"app\": null",
      ]
      if row % 3 == 0 { members.append("\"new\": \(stream.below(2) == 1)") }
      return "{\(members.joined(separator: ", "))}\n"
    }.joined()
  }()

  @Test func `each key of a JSON log becomes what it looks like`() throws {
    let log = LogSource.text(Self.objects, name: "log.jsonl")
    let draft = try SchemaDraft(of: log)
    let schema = draft.schema
    #expect(schema.format == .jsonl && schema.label == "click" && schema.group == "user.id")
    #expect(schema.time == Schema.Time(column: "at", format: .iso))
    #expect(
      schema.fields == [
        .derived("hour of day", .hour), .derived("weekday", .weekday), .categorical("user.id"),
        .numeric("price", encoding: .piecewise), .multivalued("tags"),
        Schema.Field(name: "vector", kind: .ignored), Schema.Field(name: "request", kind: .ignored),
        Schema.Field(name: "app", kind: .ignored), .categorical("new"),
      ])
    #expect(draft.yaml().contains("# basket: left out, lists of objects or of lists\n"))
    // It is read back, and trains as it stands.
    let again = try Schema(yaml: draft.yaml())
    #expect(again == schema)
    let rows = try FeatureEncoder.fit(again, to: [log]).encode([log])
    #expect(rows.rows == 600)
  }

  @Test func `keys that no column can be are left out without a schema too`() throws {
    let log = LogSource.text(Self.objects, name: "log.jsonl")
    let (schema, notes) = try Schema().completed(from: [log])
    #expect(!schema.fields.contains { $0.name == "basket" })
    #expect(notes.contains("left out: basket, lists of objects or of lists"))
    #expect(
      notes.contains(
        "as categories, of which each value is learned by itself, too: \"price\" with numbers, "
          + "\"at\" with times, \"request\" with a value of its own a row; --schema infer takes them "
          + "for what they look like, deepfm schema infer log.jsonl shows how"))
    #expect(try FeatureEncoder.fit(to: [log]).encode([log]).rows == 600)
  }

  @Test func `libsvm is described`() throws {
    let log = LogSource.text("1 2:1 10:1\n0 3:1 12:1\n", name: "a.libsvm")
    let draft = try SchemaDraft(of: log)
    #expect(draft.schema.fields.count == 2)
    #expect(try Schema(yaml: draft.yaml()) == draft.schema)
  }

  @Test(arguments: ReadySchema.allCases)
  func `ready schemas are valid`(ready: ReadySchema) throws {
    let schema = try Schema(named: ready.rawValue)
    #expect(try Schema(yaml: schema.yaml()) == schema)
  }

  @Test func `a schema that is neither file nor ready is refused`() {
    #expect(
      message { _ = try Schema(named: "critoe") }
        == "critoe: found no such file or directory, expected a readable file; did you mean \"criteo\"?"
    )
  }

  @Test func `Avazu's day and hour are fields`() throws {
    let columns =
      "id,click,hour,C1,banner_pos,site_id,site_domain,site_category,app_id,app_domain,app_category,"
      + "device_id,device_ip,device_model,device_type,device_conn_type,C14,C15,C16,C17,C18,C19,C20,C21"
    let rest = String(repeating: ",x", count: 21)
    let log = LogSource.text("\(columns)\n1,0,14102100\(rest)\n2,1,14102523\(rest)\n")
    let encoder = try FeatureEncoder.fit(Schema(named: "avazu"), to: [log])
    #expect(encoder.layout.fields == 24 && encoder.fields[2].field.derive == .weekend)
    #expect(try encoder.encode([log]).times == [1_413_849_600, 1_414_278_000])
  }

  @Test(.enabled(if: RealData.folder != nil))
  func `real logs are understood`() throws {
    let folder = RealData.folder ?? ""
    let movies = try SchemaDraft(of: .file("\(folder)/movielens-1m/valid.csv.gz"), rows: 5_000)
      .schema
    #expect(movies.label == "label" && movies.group == "user")
    #expect(movies.fields.first { $0.name == "genres" } == .multivalued("genres"))
    let criteo = try SchemaDraft(of: .file("\(folder)/criteo-10k/train.txt.gz")).schema
    #expect(criteo.fields == Schema.criteo.fields && criteo.minCount == 2)
  }
}
