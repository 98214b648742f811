import Testing

@testable import Datasets
@testable import Features

/// The figures that the data sets' publishers state.
@Suite(.enabled(if: RealData.folder != nil)) struct RealDataTests {
  let folder = RealData.folder ?? ""

  @Test func `Frappe has its rows fields and features`() throws {
    let files = ["train", "valid", "test"].map { "\(folder)/frappe/\($0).libsvm.gz" }
    let schema = try Schema(file: "\(RealData.examples)/frappe.yaml")
    let encoder = try FeatureEncoder.fit(schema, to: files)
    #expect(encoder.layout.fields == 10 && encoder.layout.slots == 10)
    #expect(encoder.fields.reduce(0) { $0 + $1.vocabulary.count } == 5_382)
    #expect(!encoder.layout.weighted)
    let rows = try files.map { try encoder.encode([$0]).rows }
    #expect(rows == [202_027, 57_722, 28_860])
    let (inferred, _) = try Schema().completed(from: [.file(files[2])])
    #expect(inferred.fields.count == 10)
  }

  @Test func `MovieLens has its rows and clicks`() throws {
    let schema = try Schema(file: "\(RealData.examples)/movielens-1m.yaml")
    let encoder = try FeatureEncoder.fit(schema, to: ["\(folder)/movielens-1m/valid.csv.gz"])
    let data = try encoder.encode(["\(folder)/movielens-1m/test.csv.gz"])
    #expect(data.rows == 73_901 && data.layout.fields == 8)
    let clicks = data.labels.reduce(0, +) / Float(data.rows)
    #expect(abs(clicks - 0.778) < 0.005)
    #expect(data.statistics.allSatisfy { $0.cut == 0 && $0.missing == 0 })
  }

  @Test func `the Criteo sample has its rows`() throws {
    let file = "\(folder)/criteo-10k/train.txt.gz"
    let encoder = try FeatureEncoder.fit(Schema(minCount: 2), to: [file])
    let data = try encoder.encode([file])
    #expect(encoder.schema.fields == Schema.criteo.fields && data.rows == 10_000)
    #expect(data.layout.slots == 39 && !data.layout.weighted)
  }
}
