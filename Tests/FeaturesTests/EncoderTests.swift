import Data
import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

@Suite struct EncoderTests {
  static let log = LogSource.text(
    """
    label,user,genres,age
    1,b,x|y,1
    0,a,x,3
    1,b,,5
    0,,x|z|y,
    """)

  static func values(_ field: FieldEncoder) -> [String] {
    (0..<field.vocabulary.count).map { field.vocabulary[$0] }
  }

  @Test func `values are ranked by count then bytes`() throws {
    let encoder = try FeatureEncoder.fit(to: [Self.log])
    #expect(encoder.fields.map(\.field.name) == ["user", "genres", "age"])
    #expect(encoder.fields.map(Self.values) == [["b", "a"], ["x", "y", "z"], ["1", "3", "5"]])
    #expect(encoder.fields.map(\.firstID) == [0, 4, 9])
    #expect(encoder.fields.map(\.rows) == [4, 5, 5])
    #expect(encoder.layout.slotFields == [0, 1, 1, 1, 2])
    #expect(encoder.layout.features == 14)
    #expect(encoder.fields[1].vocabulary.rank(of: "y") == 1)
    #expect(encoder.fields[1].vocabulary.rank(of: "w") == nil)
  }

  @Test func `rows become ids and pooled values`() throws {
    let data = try FeatureEncoder.fit(to: [Self.log]).encode([Self.log])
    #expect(data.labels == [1, 0, 1, 0])
    #expect(
      data.ids == [
        2, 6, 7, -1, 11,
        3, 6, -1, -1, 12,
        2, 5, -1, -1, 13,
        1, 6, 8, 7, 10,
      ])
    let third: Float = 1.0 / 3
    #expect(
      data.values == [
        1, 0.5, 0.5, 0, 1,
        1, 1, 0, 0, 1,
        1, 1, 0, 0, 1,
        1, third, third, third, 1,
      ])
    #expect(data.statistics.map(\.cardinality) == [4, 5, 5])
    #expect(data.statistics.map(\.missing) == [1, 1, 1])
    #expect(data.statistics.map(\.unknown) == [0, 0, 0])
  }

  @Test func `a number too far out to compute with is bounded and counted`() throws {
    let schema = Schema(
      fields: [.numeric("x"), .numeric("raw", column: "x", encoding: .value)])
    let encoder = try FeatureEncoder.fit(
      schema, to: [.text("label,x\n1,0.5\n0,0.1\n1,0.9\n")])
    let data = try encoder.encode([.text("label,x\n1,3.4028235e38\n0,-1e30\n1,0.5\n")])
    let x = Float(0x1p20)
    let raw = Float(0x1p40)
    #expect(Array(data.values!.prefix(4)) == [x, raw, -x, -raw])
    #expect(data.values!.suffix(2).allSatisfy { abs($0) < 1 })
    #expect(data.statistics.map(\.bounded) == [2, 2])
  }

  @Test func `a sum needs no values`() throws {
    let schema = Schema(fields: [.multivalued("genres", pooling: .sum)])
    let data = try FeatureEncoder.fit(schema, to: [Self.log]).encode([Self.log])
    #expect(!data.layout.weighted && data.values == nil)
    #expect(data.ids == [2, 3, -1, 2, -1, -1, 1, -1, -1, 2, 4, 3])
  }

  @Test func `a list is cut at its most values`() throws {
    let schema = Schema(fields: [.multivalued("genres", maxValues: 2)])
    let data = try FeatureEncoder.fit(schema, to: [Self.log]).encode([Self.log])
    #expect(data.layout.slots == 2)
    #expect(data.ids == [2, 3, 2, -1, 1, -1, 2, 4])
    #expect(data.values == [0.5, 0.5, 1, 0, 1, 0, 0.5, 0.5])
    #expect(data.statistics[0].cut == 1)
  }

  @Test func `rare values and unseen ones are out of vocabulary`() throws {
    let schema = Schema(
      minCount: 2, fields: [.categorical("user"), .categorical("age", minCount: 1)])
    let encoder = try FeatureEncoder.fit(schema, to: [Self.log])
    #expect(encoder.fields.map(Self.values) == [["b"], ["1", "3", "5"]])
    let data = try encoder.encode([.text("age,label,user,more\n7,1,a,x\n5,0,b,y\n,0,new,z\n")])
    #expect(data.ids == [0, 3, 2, 7, 0, 4])
    #expect(data.statistics.map(\.unknown) == [2, 1])
  }

  @Test func `numbers are values or standardized`() throws {
    let log = LogSource.text("label,a,b\n1,2,2\n0,-4.5,4\n1,,6\n")
    let schema = Schema(
      fields: [.numeric("a", encoding: .value), .numeric("b", encoding: .standardized)])
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    let data = try encoder.encode([log])
    #expect(
      encoder.layout
        == BatchLayout(
          features: 4, fields: 2, slotFields: [0, 1], weighted: true, fieldFeatures: [0..<2, 2..<4])
    )
    #expect(data.ids == [1, 3, 1, 3, 0, 3])
    let two = Float(2 / (8.0 / 3).squareRoot())
    #expect(data.values == [2, -two, -4.5, 0, 1, two])
  }

  @Test(arguments: [
    (-2.0, "-2"), (-0.5, "-1"), (0, "0"), (1, "1"), (2, "2"), (3, "1"), (4, "1"), (5, "2"),
    (100, "21"), (1e6, "190"),
  ])
  func `buckets are squared logarithms`(number: Double, bucket: String) {
    #expect(LogBucket()(number) == Int(bucket))
    LogBucket.withKey(of: LogBucket()(number)) { key in
      var bucket = bucket
      let text = bucket.withUTF8 { ByteKey(UnsafeRawBufferPointer($0)) }
      #expect(key.word == text.word && key.count == text.count && key.hash == text.hash)
    }
  }

  @Test func `buckets are values of a vocabulary`() throws {
    let log = LogSource.text("label,n\n1,3\n0,4\n1,100\n1,\n")
    let encoder = try FeatureEncoder.fit(
      Schema(fields: [.numeric("n", encoding: .logBucket)]), to: [log])
    #expect(Self.values(encoder.fields[0]) == ["1", "21"])
    #expect(try encoder.encode([log]).ids == [2, 2, 3, 1])
  }

  @Test func `weights go along`() throws {
    let log = LogSource.text("label,w,a\n1,0.5,x\n0,2,x\n")
    let data = try FeatureEncoder.fit(Schema(weight: "w"), to: [log]).encode([log])
    #expect(data.weights == [0.5, 2])
    #expect(data.batch(of: 0..<2).totalWeight == 2.5)
  }

  @Test func `an encoder survives its saving`() throws {
    let log = LogSource.text("label,a,n\n1,\"two\nlines\",2\n0,日本,-1\n")
    let schema = Schema(fields: [.categorical("a"), .numeric("n"), .categorical("b", column: "n")])
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    let saved = try JSONEncoder().encode(encoder)
    let read = try JSONDecoder().decode(FeatureEncoder.self, from: saved)
    #expect(read == encoder)
    #expect(try read.encode([log]).ids == encoder.encode([log]).ids)
  }

  @Test func `prediction needs no labels`() throws {
    let encoder = try FeatureEncoder.fit(
      Schema(fields: [.categorical("user")]), to: [Self.log])
    let data = try encoder.encode([.text("user\nb\nnobody\n")], labels: .optional)
    #expect(!data.isLabelled && data.labels == [0, 0] && data.ids == [2, 0])
    #expect(try encoder.encode([Self.log], labels: .optional).isLabelled)
    let partly = LogSource.text("user,label\nb,1\na,\n")
    #expect(try !encoder.encode([partly], labels: .optional).isLabelled)
  }

  @Test func `a Criteo log without labels has one column less`() throws {
    let cells = String(repeating: "\t12", count: 39)
    let log = LogSource.text("1\(cells)\n", name: "train.txt")
    let encoder = try FeatureEncoder.fit(Schema(minCount: 1), to: [log])
    let unlabelled = LogSource.text("\(cells.dropFirst())\n", name: "test.txt")
    let data = try encoder.encode([unlabelled], labels: .optional)
    #expect(try data.ids == encoder.encode([log]).ids && !data.isLabelled)
  }

  @Test func `several sources are one log`() throws {
    let (a, b) = (LogSource.text("label,u\n1,x\n"), LogSource.text("u,label\ny,0\nx,1\n"))
    let encoder = try FeatureEncoder.fit(to: [a, b])
    let data = try encoder.encode([a, b])
    #expect(data.ids == [2, 3, 2] && data.labels == [1, 0, 1])
  }

  @Test func `rows in memory are a log`() throws {
    let log = LogSource.rows([["label": "1", "u": "a,b"], ["label": "0", "v": "\"q\""]])
    let encoder = try FeatureEncoder.fit(to: [log])
    #expect(encoder.fields.map(Self.values) == [["a,b"], ["\"q\""]])
    #expect(try encoder.encode([log]).ids == [2, 4, 1, 5])
    let table = LogSource.rows(columns: ["label", "u"], [["1", "a"], ["0", ""]])
    #expect(try FeatureEncoder.fit(to: [table]).encode([table]).ids == [2, 1])
  }

  @Test func `only the training rows of a split are learned`() throws {
    let split = try DataSplit(.random, sizes: [.share(0.5), .share(0.5)], seed: 3)
    let log = LogSource.rows(columns: ["label", "u"], (0..<200).map { ["1", "u\($0)"] })
    let logs = try EncodedLogs([log], split: split)
    let (train, valid) = (logs.rows(.train), logs.rows(.valid))
    #expect(logs.encoder.fields[0].vocabulary.count == train.rows)
    #expect(train.ids.allSatisfy { $0 >= 2 } && valid.ids.allSatisfy { $0 == 0 })
    #expect(train.rows + valid.rows == 200 && abs(train.rows - 100) < 30)
    #expect(valid.statistics.map(\.unknown) == [valid.rows])
  }
}
