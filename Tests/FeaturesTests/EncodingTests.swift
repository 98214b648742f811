import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// The encodings beside a vocabulary of each field's own.
@Suite struct EncodingTests {
  static func log(_ columns: String, _ rows: [String]) -> LogSource {
    .text("label,\(columns)\n" + rows.map { "1,\($0)\n" }.joined())
  }

  @Test(arguments: StableHash.allCases)
  func `hashed values need no vocabulary`(hash: StableHash) throws {
    let log = Self.log("u,tags", ["a,x|y", "b,", "a,y"])
    let schema = Schema(fields: [
      .categorical("u").hashed(into: 10, by: hash),
      .multivalued("tags", pooling: .sum).hashed(into: 5, by: hash),
    ])
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(encoder.layout.features == 11 + 6 && encoder.layout.slots == 3)
    func id(_ text: String, _ buckets: Int, _ first: Int32) -> Int32 {
      first + Int32(Array(text.utf8).withUnsafeBytes { hash.bucket(of: $0, of: buckets) })
    }
    let (a, b, x, y) = (id("a", 10, 1), id("b", 10, 1), id("x", 5, 12), id("y", 5, 12))
    #expect(try encoder.encode([log]).ids == [a, x, y, b, 11, -1, a, y, -1])
    let unseen = try encoder.encode([Self.log("u,tags", ["new,x"])])
    #expect(unseen.ids == [id("new", 10, 1), x, -1] && unseen.statistics[0].unknown == 0)
  }

  @Test func `numbers fall into given ranges`() throws {
    let log = Self.log("n", ["-1", "0", "0.5", "10", "1e9", ""])
    let schema = Schema(fields: [.numeric("n", encoding: .boundaries, boundaries: [0, 10])])
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(encoder.layout.features == 4 && !encoder.layout.weighted)
    #expect(try encoder.encode([log]).ids == [1, 2, 2, 3, 3, 0])
  }

  @Test func `numbers fall into quantiles`() throws {
    let log = Self.log("n", (1...100).map(String.init))
    let schema = Schema(fields: [.numeric("n", encoding: .quantiles, buckets: 4)])
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(encoder.fields[0].boundaries == [26, 51, 76])
    let ids = try encoder.encode([Self.log("n", ["0", "25", "26", "100", ""])]).ids
    #expect(ids == [1, 1, 2, 4, 0])
  }

  @Test func `fields share a vocabulary and its rows`() throws {
    let log = Self.log("item,history,user", ["a,b|a,u", "b,b,v", "c,,u"])
    let schema = Schema(fields: [
      .categorical("item", vocabulary: "items"),
      .multivalued("history", pooling: .sum, vocabulary: "items"), .categorical("user"),
    ])
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(encoder.fields.map(\.firstID) == [0, 0, 5] && encoder.layout.features == 9)
    #expect(EncoderTests.values(encoder.fields[0]) == ["b", "a", "c"])
    #expect(try encoder.encode([log]).ids == [3, 2, 3, 7, 2, 2, -1, 8, 4, 1, -1, 7])
    let saved = try JSONEncoder().encode(encoder)
    #expect(try JSONDecoder().decode(FeatureEncoder.self, from: saved) == encoder)
    #expect(String(decoding: saved, as: UTF8.self).components(separatedBy: "\"c\"").count == 2)
  }

  @Test func `ignored columns are no fields`() throws {
    let log = Self.log("id,user", ["1,a", "2,b"])
    let schema = try Schema(yaml: "fields:\n- {name: id, kind: ignored}\n")
    #expect(try schema.completed(from: [log]).schema.fields == [.categorical("user")])
    let explicit = Schema(fields: schema.fields + [.categorical("user")])
    #expect(try explicit.completed(from: [log]).schema.fields == [.categorical("user")])
  }

  @Test func `a limit is an error or the way to hashing`() throws {
    let log = Self.log("a,b", (0..<50).map { "\($0),\($0 % 3)" })
    #expect(
      message { _ = try FeatureEncoder.fit(Schema(limit: 20), to: [log]) }
        == "schema: found more than 20 values of field \"a\", expected at most its limit; raise "
        + "limit, or hash the field: encoding: hash with buckets, or overflow: hash")
    let encoder = try FeatureEncoder.fit(Schema(limit: 20, overflow: .hash), to: [log])
    #expect(encoder.fields.map(\.field.effectiveEncoding) == [.hash, .vocabulary])
    #expect(encoder.layout.features == 21 + 5)
    #expect(encoder.notes.contains("a: more than 20 values, hashed into 20 buckets"))
    let saved = try JSONEncoder().encode(encoder)
    #expect(try JSONDecoder().decode(FeatureEncoder.self, from: saved) == encoder)
  }

  @Test func `vocabularies keep within their memory`() throws {
    let log = Self.log("a", (0..<9_000).map { "value \($0)" })
    #expect(
      message { _ = try FeatureEncoder.fit(to: [log], memoryLimit: 1 << 17) }?
        .hasPrefix("schema: found vocabularies that take more than 0.1 MiB, expected less") == true)
  }

  @Test func `workers together learn what one learns`() throws {
    let fields: [Schema.Field] = [
      .categorical("u"), .multivalued("l"), .numeric("s", encoding: .standardized),
      .numeric("q", encoding: .quantiles, buckets: 8), .numeric("b", encoding: .logBucket),
    ]
    let schema = Schema(format: .csv, label: "label", fields: fields)
    let columns = "u,l,s,q,b"
    let parts = (0..<4).map { part in
      Self.log(
        columns,
        (0..<500).map { row in
          let x = (row * 7919 + part * 104_729) % 1_000
          let list = (0...x % 4).map { "t\((x + $0) % 30)" }.joined(separator: "|")
          return "u\(x % 90),\(list),\(Double(x) / 7),\(x * x),\(x % 50)"
        })
    }
    let whole = try FeatureEncoder.fit(schema, to: parts)
    for order in [[0, 1, 2, 3], [3, 1, 0, 2]] {
      let counter = ValueCounter(schema, spillingTo: TemporaryFolder.path)
      let workers = (0..<2).map { _ in FitPass(schema: schema, counter: counter) }
      for (turn, part) in order.enumerated() {
        var reader = RowReader([parts[part]], schema: schema, labels: .required)
        while let block = try reader.next() {
          _ = try block.read(stopsAtFirst: true) { workers[turn % 2].add($0) }
          workers[turn % 2].endBlock()
        }
      }
      workers[1].merge(workers[0])
      #expect(try workers[1].encoder(notes: whole.notes) == whole)
    }
  }

  @Test func `encoders saved before these encodings are read`() throws {
    let saved = """
      {"fields":[{"deviation":1,"field":{"kind":"categorical","name":"u"},"firstID":0,"mean":0,
      "slots":1,"vocabulary":["b","a"]},{"deviation":2,"field":{"encoding":"standardized","kind":
      "numeric","name":"n"},"firstID":4,"mean":3,"slots":1,"vocabulary":[]}],"layout":{"features":6,
      "fields":2,"slotFields":[0,1],"weighted":true},"notes":[],"schema":{"fields":[{"kind":
      "categorical","name":"u"},{"encoding":"standardized","kind":"numeric","name":"n"}],"format":
      "csv","label":"label"}}
      """
    let encoder = try JSONDecoder().decode(FeatureEncoder.self, from: Data(saved.utf8))
    let data = try encoder.encode([Self.log("u,n", ["a,7", "c,"])])
    #expect(data.ids == [3, 5, 0, 4] && data.values == [1, 2, 1, 1])
  }
}
