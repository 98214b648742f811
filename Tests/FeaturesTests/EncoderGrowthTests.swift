import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// A known encoder takes in the values of further days.
@Suite struct EncoderGrowthTests {
  static let schema = Schema(
    label: "label", minCount: 2,
    fields: [
      .categorical("user"), .categorical("item", minCount: 1, vocabulary: "items"),
      .categorical("last", minCount: 1, vocabulary: "items"),
    ])

  /// Days as rows of user, item and last item.
  static func log(_ rows: [[String]]) -> LogSource {
    .rows(columns: ["label", "user", "item", "last"], rows.map { ["1"] + $0 })
  }

  static let first = log(
    [["a", "x", "y"], ["a", "x", ""], ["b", "z", "x"], ["b", "x", "x"], ["c", "y", "x"]])

  static func grow(
    _ encoder: FeatureEncoder, _ ledger: ValueLedger, _ days: [[String]], expireAfter: Int? = nil
  ) throws -> EncoderGrowth {
    let logs = try EncodedLogs(
      [log(days)], encoder: encoder,
      growing: .init(ledger, by: Admission(expireAfter: expireAfter)))
    return try #require(logs.growth)
  }

  static func values(_ encoder: FeatureEncoder, _ field: Int) -> [String?] {
    encoder.fields[field].vocabulary.values
  }

  @Test func `known values keep their ranks, new ones follow by falling count`() throws {
    let encoder = try FeatureEncoder.fit(Self.schema, to: [Self.first])
    #expect(Self.values(encoder, 0) == ["a", "b"])
    #expect(Self.values(encoder, 1) == ["x", "y", "z"])
    let day = [
      ["e", "w", "w"], ["d", "v", "x"], ["d", "w", "x"], ["e", "x", "x"], ["e", "x", ""],
    ]
    let growth = try Self.grow(encoder, ValueLedger(encoder), day)
    #expect(Self.values(growth.encoder, 0) == ["a", "b", "e", "d"])
    #expect(Self.values(growth.encoder, 1) == ["x", "y", "z", "w", "v"])
    #expect(growth.encoder.fields[2].vocabulary == growth.encoder.fields[1].vocabulary)
    #expect(growth.encoder.fields.map(\.firstID) == [0, 6, 6])
    #expect(growth.encoder.features == 13 && growth.encoder.layout.features == 13)
    #expect(growth.admitted == 4 && growth.expired == 0)
    #expect(growth.ledger.day == 1 && growth.ledger.fits(growth.encoder))
    #expect(growth.ledger.books[0].seen == [0, 0, 1, 1])
    // The order of the day's rows changes nothing.
    let shuffled = try Self.grow(encoder, ValueLedger(encoder), day.reversed())
    #expect(shuffled.encoder == growth.encoder && shuffled.ledger == growth.ledger)
  }

  @Test func `a rare value is counted on, at half its count a day`() throws {
    let encoder = try FeatureEncoder.fit(Self.schema, to: [Self.first])
    var growth = try Self.grow(encoder, ValueLedger(encoder), [["d", "x", "x"], ["e", "x", "x"]])
    #expect(growth.admitted == 0 && growth.waiting == 2)
    // 1/2 of yesterday's and 1 of today are fewer than 2.
    growth = try Self.grow(growth.encoder, growth.ledger, [["d", "x", "x"], ["f", "x", "x"]])
    #expect(growth.ledger.books[0].waiting.map(\.value) == ["d", "e", "f"])
    #expect(growth.ledger.books[0].waiting.map(\.count) == [1.5, 0.5, 1])
    growth = try Self.grow(growth.encoder, growth.ledger, [["d", "x", "x"], ["d", "x", "x"]])
    #expect(Self.values(growth.encoder, 0) == ["a", "b", "d"])
    #expect(growth.ledger.books[0].waiting.map(\.count) == [0.25, 0.5])
    // Below a quarter a count is forgotten.
    growth = try Self.grow(growth.encoder, growth.ledger, [["a", "x", "x"]])
    #expect(growth.ledger.books[0].waiting.map(\.value) == ["f"])
  }

  @Test func `values expire, and new ones take their rows, the lowest first`() throws {
    let encoder = try FeatureEncoder.fit(Self.schema, to: [Self.first])
    let quiet = [["b", "x", "x"], ["b", "z", "x"]]
    var growth = try Self.grow(encoder, ValueLedger(encoder), quiet, expireAfter: 2)
    #expect(growth.expired == 0)
    growth = try Self.grow(growth.encoder, growth.ledger, quiet, expireAfter: 2)
    #expect(growth.expired == 2)
    #expect(Self.values(growth.encoder, 0) == [nil, "b"])
    #expect(Self.values(growth.encoder, 1) == ["x", nil, "z"])
    #expect(growth.changes.map(\.freed) == [[0], [1]])
    #expect(growth.encoder.features == encoder.features)
    // A free rank stands in the encoder's file as null, and is unknown to the logs.
    var json: [UInt8] = []
    try growth.encoder.writeJSON { json += $0 }
    let coder = JSONEncoder()
    coder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    #expect(try coder.encode(growth.encoder) == Data(json))
    let read = try JSONDecoder().decode(FeatureEncoder.self, from: Data(json))
    #expect(read == growth.encoder && read != encoder)
    #expect(try read.encode([Self.log([["a", "y", "x"]])]).ids == [0, 4, 6])
    let next = [["b", "v", "x"], ["q", "v", "x"], ["q", "u", "x"]]
    growth = try Self.grow(growth.encoder, growth.ledger, next, expireAfter: 9)
    #expect(Self.values(growth.encoder, 0) == ["q", "b"])
    #expect(Self.values(growth.encoder, 1) == ["x", "v", "z", "u"])
    #expect(growth.changes.map(\.freed) == [[], []])
    #expect(growth.ledger.books[1].since == [0, 3, 0, 3])
    #expect(growth.ledger.meanAge(of: growth.encoder) == 9.0 / 6)
  }

  @Test func `no more values get rows than a field's limit lets in`() throws {
    var schema = Self.schema
    schema.fields[0].limit = 3
    let encoder = try FeatureEncoder.fit(schema, to: [Self.first])
    let day = ["e", "d", "e", "d", "e"].map { [$0, "x", "x"] }
    var growth = try Self.grow(encoder, ValueLedger(encoder), day)
    #expect(Self.values(growth.encoder, 0) == ["a", "b", "e"])
    #expect(growth.changes[0].beyondLimit == 1)
    #expect(growth.ledger.books[0].waiting.map(\.value) == ["d"])
    growth = try Self.grow(growth.encoder, growth.ledger, [["d", "x", "x"]], expireAfter: 2)
    #expect(Self.values(growth.encoder, 0) == ["d", nil, "e"])
  }

  @Test func `what is counted on disk grows an encoder alike`() throws {
    try withTemporaryFolder { folder in
      let encoder = try FeatureEncoder.fit(Self.schema, to: [Self.first])
      let rows = (0..<9_000).map { ["user\($0 * 7919 % 4_001)", "item\($0 % 2_003)", ""] }
      func grow(memory: Int) throws -> (EncoderGrowth, Int) {
        var encoding = LogEncoding([(Self.log(rows), .train)])
        (encoding.vocabularyMemory, encoding.spillFolder) = (memory, folder)
        encoding.blockSize = 4_000
        let growth = try encoding.grow(
          encoder, ValueLedger(encoder), by: Admission(), nil, rejecting: RejectedRows(.stop))
        return (growth, encoding.timings[0].spilled)
      }
      let (whole, none) = try grow(memory: .max)
      let (spilled, bytes) = try grow(memory: 64 << 10)
      #expect(none == 0 && bytes > 10_000)
      #expect(whole.encoder == spilled.encoder && whole.ledger == spilled.ledger)
      #expect(whole.admitted == 4_001 + 2_003)
    }
  }
}
