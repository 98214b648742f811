import Data
import Foundation
import Support
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Encoding in parts: to the bytes of one run.
@Suite struct PartEncodingTests {
  static let schema = Schema(
    format: .csv, label: "label", weight: "weight",
    fields: [
      .categorical("user"), .multivalued("tags"), .numeric("age"),
      .numeric("income", encoding: .standardized),
      .numeric("height", encoding: .quantiles, buckets: 7),
    ])

  private static func part(_ number: Int) -> LogSource {
    .rows(
      columns: ["label", "weight", "user", "tags", "age", "income", "height"],
      (number * 500..<(number + 1) * 500 - number * 31).map { row -> [String] in
        let tags = (0...number).map { "t\((row + $0) % 5)" }
        let (label, user) = (row % 3 == 0 ? "1" : "0", "u\(row * row % 97)")
        let (age, income) = (row % 11 == 0 ? "" : "\(row % 60)", "\(Double(row % 1013) * 0.1)")
        return [
          label, "\(1 + row % 2)", user, row % 7 == 0 ? "" : tags.joined(separator: "|"), age,
          income,
          "\(row * 7919 % 331)",
        ]
      }, name: "part-\(number).csv")
  }

  private static func count(_ number: Int, in folder: String) throws -> String {
    let path = "\(folder)/count-\(number)"
    var encoding = LogEncoding([(part(number), .train)])
    _ = try PartEncoding.count(&encoding, schema, rejecting: .stop, to: path)
    return path
  }

  @Test func `three parts give the encoder and the rows of one run`() throws {
    try withTemporaryFolder { folder in
      var job = EncodingJob(
        training: (0..<3).map(Self.part), schema: Self.schema, folder: folder + "/whole")
      job.validation = [Self.part(3)]
      _ = try job.run()
      let whole = try DatasetFolder(job.folder)

      let counts = try (0..<3).map { try Self.count($0, in: folder) }
      let encoder = folder + "/encoder.json"
      // In another order, and with next to no memory.
      _ = try PartEncoding.merge(counts.reversed(), vocabularyMemory: 100_000, to: encoder)
      let expected = FileManager.default.contents(atPath: job.folder + "/encoder.json")
      #expect(FileManager.default.contents(atPath: encoder) == expected)

      let parts = try (0..<4).map { number in
        var part = EncodingJob(
          training: number < 3 ? [Self.part(number)] : [], schema: whole.encoder.schema,
          folder: "\(folder)/part-\(number)")
        if number == 3 { part.validation = [Self.part(3)] }
        part.encoderFile = encoder
        _ = try part.run()
        return part.folder
      }
      let manifest = try PartEncoding.join(parts, to: folder + "/joined", replaces: false)
      let joined = try DatasetFolder(folder + "/joined")
      for part in [DataSplit.Part.train, .valid] {
        let (ours, theirs) = (try #require(joined.rows(part)), try #require(whole.rows(part)))
        var hashes = [XXH64(), XXH64()]
        ours.add(to: &hashes[0])
        theirs.add(to: &hashes[1])
        #expect(hashes[0].value == hashes[1].value)
        #expect(ours.statistics == theirs.statistics)
      }
      #expect(manifest.encoder == whole.manifest.encoder && manifest.inputs.count == 4)
      #expect(throws: UserError.self) {
        try PartEncoding.join(parts, to: folder + "/joined", replaces: false)
      }
    }
  }

  @Test func `values that come as codes of dictionaries are counted to the last`() throws {
    try withTemporaryFolder { folder in
      var schema = ParquetTests.schema
      schema.format = .parquet
      let logs = ["spark", "pyarrow", "duckdb"].map(ParquetTests.source)
      let counts = try logs.enumerated().map { number, log in
        var encoding = LogEncoding([(log, .train)])
        _ = try PartEncoding.count(&encoding, schema, rejecting: .stop, to: "\(folder)/\(number)")
        return "\(folder)/\(number)"
      }
      let (merged, rows) = try PartEncoding.merge(
        counts, vocabularyMemory: .max, to: folder + "/encoder.json")
      let whole = try FeatureEncoder.fit(schema, to: logs)
      #expect(merged.fields == whole.fields && merged.layout == whole.layout && rows > 0)
    }
  }

  @Test func `counts that are damaged, of another schema or too many values are told`() throws {
    try withTemporaryFolder { folder in
      let first = try Self.count(0, in: folder)
      var bytes = [UInt8](try #require(FileManager.default.contents(atPath: first)))
      bytes[bytes.count / 2] ^= 1
      try Data(bytes).write(to: URL(filePath: folder + "/damaged"))
      func merge(_ paths: [String]) throws {
        _ = try PartEncoding.merge(paths, vocabularyMemory: .max, to: folder + "/encoder.json")
      }
      #expect(throws: UserError.self) { try merge([folder + "/damaged"]) }
      var other = Self.schema
      other.fields.removeLast()
      var encoding = LogEncoding([(Self.part(1), .train)])
      _ = try PartEncoding.count(&encoding, other, rejecting: .stop, to: folder + "/other")
      #expect(throws: UserError.self) { try merge([first, folder + "/other"]) }
      // Too many only when they are together.
      var narrow = Self.schema
      narrow.fields[1].limit = 4
      let paths = try (0..<2).map { number in
        var encoding = LogEncoding([(Self.part(number), .train)])
        _ = try PartEncoding.count(
          &encoding, narrow, rejecting: .stop, to: "\(folder)/narrow-\(number)")
        return "\(folder)/narrow-\(number)"
      }
      #expect(throws: UserError.self) { try merge(paths) }
    }
  }
}
