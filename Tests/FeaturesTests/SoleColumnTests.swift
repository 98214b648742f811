import Random
import Testing

@testable import Datasets
@testable import Features
@testable import Inspection
@testable import Logs

/// Columns that nearly know the label are named, and no other one.
@Suite struct SoleColumnTests {
  /// A log of clicks at random, every third row one, with what was known before and what only after.
  ///
  /// - Parameter order: of the rows' clicks, as logs may have it.
  private static func log(sorted: Bool = false, alternating: Bool = false) -> LogSource {
    var random = RandomStream(seed: 5, purpose: "sole column")
    let rows = (0..<2_000).map { row in
      let click =
        sorted ? row < 700 : alternating ? row % 2 == 0 : random.below(3) == 0
      let isSpoilt = random.below(50) == 0
      return [
        click ? "1" : "0", "u\(random.below(100))", "r\(row)",
        "\(100 + random.below(50))",
        // Behind the click: the time spent there, when it came, what became of it.
        click ? "\(1 + random.below(300))" : "0", click ? "t\(row)" : "",
        click != isSpoilt ? "read" : "left",
      ]
    }
    return .rows(
      columns: ["click", "user", "request", "age", "dwell", "visited", "outcome"], rows)
  }

  @Test func `a first schema names them in its comments`() throws {
    let draft = try SchemaDraft(of: Self.log())
    // What has a value of its own in each row that has one is no field at all.
    #expect(draft.warnings.map { $0.split(separator: "\"")[0] } == ["dwell", "outcome"])
    let line = try #require(draft.yaml().split(separator: "\n").first { $0.contains("dwell") })
    #expect(line.contains("AUC 1 alone: known only after the click?"))
    #expect(try Schema(yaml: draft.yaml()) == draft.schema)
  }

  @Test(arguments: [false, true])
  func `encoded rows name them, categories or numbers`(numeric: Bool) throws {
    let fields: [Schema.Field] =
      ["user", "request", "age", "visited", "outcome"].map { .categorical($0) }
      + [numeric ? .numeric("dwell") : .categorical("dwell")]
    let schema = Schema(label: "click", fields: fields)
    let encoder = try FeatureEncoder.fit(schema, to: [Self.log()])
    let rows = try encoder.encode([Self.log()])
    let warnings = RowSample(encoder, of: rows).warnings
    #expect(
      warnings.map { $0.split(separator: "\"")[0] } == ["visited", "outcome", "dwell"])
    #expect(warnings[1].contains("with an AUC of 0.9") && warnings[1].contains("2000 rows"))

    let inspection = try LogInspection([("train", [Self.log()])], schema: schema)
    #expect(inspection.findings.count { $0.contains("alone tells clicks") } == 3)
    #expect(inspection.fields[0].aucAlone! < 0.7)
  }

  /// An id of a row alone knows nothing that holds for another row; the log's order is no column.
  @Test(arguments: [(false, true), (true, false)])
  func `the order of a log makes no alarm`(sorted: Bool, alternating: Bool) throws {
    let log = Self.log(sorted: sorted, alternating: alternating)
    let schema = Schema(
      label: "click", fields: ["user", "request", "age"].map { .categorical($0) })
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(RowSample(encoder, of: try encoder.encode([log])).warnings == [])
  }

  @Test func `a few clicks tell nothing`() throws {
    let labels = [Float](repeating: 1, count: 19) + [Float](repeating: 0, count: 500)
    #expect(SoleColumn.auc(of: labels.map { Double($0) }, labels: labels) == nil)
    #expect(SoleColumn.auc(keys: labels.map { Int32($0) }, slots: 1, labels: labels) == nil)
  }

  @Test func `lists and empty slots count`() throws {
    let labels = (0..<400).map { Float($0 % 2) }
    let telling: [Int32] = labels.flatMap { [Int32($0), -1, 7] }
    #expect(SoleColumn.auc(keys: telling, slots: 3, labels: labels)! > 0.99)
    #expect(SoleColumn.auc(keys: labels.map { _ in Int32(-1) }, slots: 1, labels: labels) == 0.5)
  }

  @Test(.enabled(if: RealData.folder != nil))
  func `real logs make no alarm but where one is due`() throws {
    let folder = RealData.folder ?? ""
    for name in ["frappe/test.libsvm.gz", "criteo-10k/train.txt.gz"] {
      let log = LogSource.file("\(folder)/\(name)")
      let inspection = try LogInspection(
        [("train", [log])], schema: try SchemaDraft(of: log).schema)
      #expect(!inspection.findings.contains { $0.contains("alone tells clicks") }, "\(name)")
      #expect(inspection.fields.allSatisfy { $0.aucAlone != nil }, "\(name)")
    }
    let movies = try SchemaDraft(of: .file("\(folder)/movielens-1m/valid.csv.gz"), rows: 5_000)
    #expect(movies.warnings == [])
  }
}
