import Data
import Foundation
import Inspection
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Parquet as a log. The samples were made by Tests/Parquet/make-samples.py; Tests/Parquet/properties.py holds random
/// tables against PyArrow.
@Suite struct ParquetTests {
  static let samples = [
    "pyarrow", "pages", "spark", "polars", "duckdb", "duckdb2", "deltas", "brotli", "lz4",
  ]
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Parquet"

  static func path(_ sample: String) -> String { "\(folder)/\(sample).parquet" }
  static func source(_ sample: String) -> LogSource { .file(path(sample)) }
  /// Whether a sample has no lists and no structures.
  static func isFlat(_ sample: String) -> Bool { ["deltas", "brotli", "lz4"].contains(sample) }

  /// The rows of a log as lines of JSON.
  static func lines(_ logs: [LogSource], columns: [String] = []) throws -> String {
    var text: [UInt8] = []
    try LogLines.read(logs, columns: columns, limit: nil) { text += $0 }
    return String(decoding: text, as: UTF8.self)
  }

  private static func hour(of column: String) -> Schema.Field {
    var field = Schema.Field.categorical("hour", column: column)
    field.derive = .hour
    return field
  }

  static let schema = Schema(
    label: "label",
    fields: [
      .categorical("user"), .categorical("item"), .numeric("count"), .multivalued("tags"),
      .numeric("price", encoding: .quantiles, buckets: 4), .categorical("amount"),
      .numeric("cents", column: "amount"), .categorical("site", column: "ctx.site"),
      hour(of: "at"),
      .categorical("day").hashed(into: 7, by: .xxh64),
    ])

  @Test(arguments: samples) func `what others have written is read cell by cell`(
    _ sample: String
  ) throws {
    let expected = try String(
      contentsOfFile: "\(Self.folder)/\(Self.isFlat(sample) ? "flat" : "rows").jsonl",
      encoding: .utf8)
    #expect(try Self.lines([Self.source(sample)]) == expected)
  }

  /// The values of a sample as JSON lines, which are the same log in text.
  @Test(arguments: samples.filter { !isFlat($0) }, ["", "-50", "u3"])
  func `a log is encoded to the same bytes as the same rows in text`(
    _ sample: String, _ marker: String
  ) throws {
    let text = LogSource.text(try Self.lines([Self.source(sample)]), name: "log.jsonl")
    var schema = Self.schema
    if !marker.isEmpty { schema.missing = [marker] }
    var encoders: [FeatureEncoder] = []
    var rows: [Dataset] = []
    for (format, log) in [(LogFormat.jsonl, text), (.parquet, Self.source(sample))] {
      schema.format = format
      encoders.append(try FeatureEncoder.fit(schema, to: [log, log]))
      rows.append(try encoders[0].encode([log]))
    }
    #expect(encoders[0].fields == encoders[1].fields && encoders[0].layout == encoders[1].layout)
    #expect(rows[0].ids == rows[1].ids && rows[0].values == rows[1].values)
    #expect(rows[0].labels == rows[1].labels)
    #expect(rows[0].statistics == rows[1].statistics)
    // Values that were not learned.
    let half = LogSource.text(
      String(try Self.lines([Self.source(sample)]).split(separator: "\n")[0]) + "\n",
      name: "half.jsonl")
    schema.format = .jsonl
    let few = try FeatureEncoder.fit(schema, to: [half])
    #expect(try few.encode([text]).ids == few.encode([Self.source(sample)]).ids)
  }

  @Test(arguments: samples.filter { !isFlat($0) })
  func `rows are the same however they are cut into blocks`(_ sample: String) throws {
    var schema = Self.schema
    schema.format = .parquet
    var whole: RowRecorder?
    for rows in [1, 3, 7, 16, 1000] {
      var reader = RowReader(
        [Self.source(sample), Self.source("spark")], schema: schema, labels: .required,
        blockSize: rows * 256)
      var recorder = RowRecorder()
      var blocks: [BlockPlace] = []
      while let block = try reader.next() {
        #expect(try recorder.read(block).rejected.isEmpty)
        blocks.append(block.place)
      }
      #expect(recorder.rows.count == 80 && recorder.rows == whole?.rows ?? recorder.rows)
      whole = recorder
      // From any block on.
      var later = RowReader(
        [Self.source(sample), Self.source("spark")], schema: schema, labels: .required,
        from: blocks[blocks.count / 2], blockSize: rows * 256)
      var rest = RowRecorder()
      while let block = try later.next() { _ = try rest.read(block) }
      #expect(rest.rows == Array(recorder.rows.suffix(rest.rows.count)) && !rest.rows.isEmpty)
    }
  }

  @Test func `folders are columns, and what writers leave beside their files is passed over`()
    throws
  {
    try withTemporaryFolder { folder in
      for (part, sample) in [("b=x%20y/c=1", "lz4"), ("b=__HIVE_DEFAULT_PARTITION__", "brotli")] {
        let path = "\(folder)/\(part)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
          atPath: Self.path(sample), toPath: "\(path)/part-0.snappy.parquet")
        for name in ["_SUCCESS", ".part-0.snappy.parquet.crc", "part-0.crc"] {
          try Data("x".utf8).write(to: URL(filePath: "\(path)/\(name)"))
        }
      }
      let found = try LogSource.named([folder])
      #expect(found.map(\.partition.count) == [1, 2])
      let lines = try Self.lines(found, columns: ["b", "user"]).split(separator: "\n")
      #expect(lines.count == 80 && lines[0] == #"{"b": null, "user": "u0"}"#)
      #expect(lines[40] == #"{"b": "x y", "user": "u0"}"#)
      #expect(try LogSource.named(["\(folder)/*/*.parquet"]).count == 1)
      try Data("a,b\n".utf8).write(to: URL(filePath: "\(folder)/notes.csv"))
      let refused = message { _ = try LogSource.named([folder]) }
      #expect(refused?.contains("notes.csv: found no Parquet") == true)
      try FileManager.default.createDirectory(
        atPath: "\(folder)/empty", withIntermediateDirectories: true)
      let empty = message { _ = try LogSource.named(["\(folder)/empty"]) }
      #expect(empty?.contains("found a folder") == true)
    }
  }

  @Test func `columns that cannot be read as wanted are refused by name`() throws {
    func refusal(_ fields: [Schema.Field], _ sample: String = "pyarrow") -> String {
      message {
        let schema = Schema(format: .parquet, label: "label", fields: fields)
        _ = try RowRecorder.rows(of: [Self.source(sample)], schema)
      } ?? ""
    }
    #expect(refusal([.categorical("tags")]).contains(#"lists in column "tags""#))
    #expect(refusal([.categorical("usr")]).contains(#"a column "usr""#))
    let number = refusal([.numeric("item")])
    #expect(number.contains("row group 0, row 1: found \"item number 0, é\" in column \"item\""))
    let time = refusal([Self.hour(of: "user")])
    #expect(time.contains("row group 0, row 1") && time.contains("a time"))
  }

  @Test func `rows that are not as the schema says are kept as JSON`() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/bad.jsonl"
      let rejected = try RejectedRows(RejectionPolicy(.quarantine(path)))
      let schema = Schema(
        format: .parquet, label: Schema.Label(column: "ctx.depth"), fields: [.categorical("user")])
      let encoder = try FeatureEncoder.fit(
        Schema(format: .parquet, label: "label", fields: [.categorical("user")]),
        to: [Self.source("pages")])
      var labelled = LogEncoding([(Self.source("pages"), .train)])
      labelled.schema = schema
      let wrong = try FeatureEncoder(
        schema: schema,
        learned: encoder.fields.map {
          LearnedField(
            slots: 1, vocabulary: $0.vocabulary, mean: 0, deviation: 1, boundaries: [],
            distinct: nil)
        }, notes: [])
      try labelled.encode(by: wrong, nil, rejecting: rejected) { block, _ in block.done() }
      try rejected.finish()
      #expect(rejected.count == 13 && rejected.delivered == 27)
      let kept = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      #expect(kept.count == rejected.count && kept[0] == #"{"user": "u2", "ctx.depth": "2"}"#)
    }
  }

  @Test func `a pipe is refused with what to do`() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/pipe"
      mkfifo(path, 0o600)
      Thread.detachNewThread {
        let bytes = try? Data(contentsOf: URL(filePath: Self.path("lz4")))
        try? FileHandle(forWritingTo: URL(filePath: path)).write(contentsOf: bytes ?? Data())
      }
      let refused = message { _ = try LogFormat.detected(in: .file(path)) }
      #expect(refused?.contains("found Parquet through a pipe, expected a file") == true)
      let packed = gzip(Array(try Data(contentsOf: URL(filePath: Self.path("lz4")))))
      let gzipped = message { _ = try LogFormat.detected(in: .bytes(packed, name: "x.parquet.gz")) }
      #expect(gzipped?.contains("Parquet, packed as gzip") == true)
    }
  }

  @Test func `what is written is read again`() throws {
    for rows in [0, 1, 9, 3000] {
      var bytes: [UInt8] = []
      let writer = try ParquetWriter([.init("a"), .init("score", .float)], creator: "x") {
        bytes += $0
      }
      var expected = ""
      for row in 0..<rows {
        let text = row % 3 == 1 ? "" : "é\(row)"
        try Array(text.utf8).withUnsafeBytes { try writer.append($0, to: 0) }
        writer.append(row % 5 == 4 ? nil : Float(row) / 8, to: 1)
        try writer.endRow()
        expected += "{\"a\": \(text.isEmpty ? "null" : "\"\(text)\""), "
        expected += "\"score\": \(row % 5 == 4 ? "null" : "\"\(Float(row) / 8)\"")}\n"
      }
      try writer.finish()
      #expect(try Self.lines([.bytes(bytes, name: "made")]) == expected)
    }
  }

  /// A join with the log they came from wants the type that they had there.
  @Test func `numbers of a log are written as numbers`() throws {
    let names = ["label", "user", "count", "tags", "price", "amount", "ctx.depth", "at", "none"]
    let samples = ["pyarrow", "polars"].map(Self.source)
    let columns = try ParquetWriter.columns(names, of: samples)
    #expect(columns.map(\.name) == names)
    #expect(columns.filter { $0.kind == .whole }.map(\.name) == ["label", "count", "ctx.depth"])
    #expect(columns.filter { $0.kind == .real }.map(\.name) == ["price"])
    let mixed = try ParquetWriter.columns(["count"], of: samples + [.text("count\n1\n")])
    #expect(mixed[0].kind == .text)

    var bytes: [UInt8] = []
    let kinds: [ParquetWriter.Column] = [
      .init("whole", .whole), .init("real", .real), .init("float", .float),
    ]
    let writer = try ParquetWriter(kinds, creator: "x") { bytes += $0 }
    for row in [["-9223372036854775808", "1e-300", "0.1"], ["", "-0.1", ""], ["7", "", "-inf"]] {
      for (column, text) in row.enumerated() {
        try Array(text.utf8).withUnsafeBytes { try writer.append($0, to: column) }
      }
      try writer.endRow()
    }
    try writer.finish()
    let made = LogSource.bytes(bytes, name: "made")
    #expect(
      try ParquetWriter.columns(kinds.map(\.name), of: [made]).map(\.kind) == kinds.map(\.kind))
    #expect(
      try Self.lines([made]) == """
        {"whole": "-9223372036854775808", "real": "1e-300", "float": "0.1"}
        {"whole": null, "real": "-0.1", "float": null}
        {"whole": "7", "real": null, "float": "-inf"}

        """)
    let wrong = message { try Array("7.5".utf8).withUnsafeBytes { try writer.append($0, to: 0) } }
    #expect(wrong?.contains("found \"7.5\", expected a number") == true)
  }
}
