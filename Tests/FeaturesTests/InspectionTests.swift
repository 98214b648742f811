import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Inspection
@testable import Logs

@Suite struct InspectionTests {
  static let train = LogSource.text(
    "click,ts,u,n,h\n1,2026-03-01,a,1,x\n0,2026-03-01,a,2,y\n1,2026-03-02,b,9,x\n0,2026-03-03,,9,z\n"
  )
  static let test = LogSource.text("click,ts,u,n,h\n1,2026-03-04,a,3,x\n1,2026-03-04,c,1,q\n")
  static let schema = Schema(
    time: "ts",
    fields: [
      .categorical("u"), .numeric("n", encoding: .boundaries, boundaries: [2]),
      .categorical("h").hashed(into: 7),
    ])

  @Test func `counts are those of the log`() throws {
    let inspection = try LogInspection(
      [("train", [Self.train]), ("test", [Self.test])], schema: Self.schema)
    #expect(inspection.parts.map(\.rows) == [4, 2])
    #expect(inspection.parts.map(\.clicks) == [2, 2])
    let user = inspection.fields[0]
    #expect(user.distinct == 2 && user.vocabulary == 2)
    #expect(user.top.map(\.name) == ["a", "b"])
    #expect(user.top.map(\.count) == [2, 1] && user.top.map(\.clicks) == [1, 1])
    #expect(user.parts.map(\.missing) == [1, 0] && user.parts.map(\.unknown) == [0, 1])
    #expect(inspection.fields[1].top.map(\.name) == ["≥ 2", "< 2"])
    #expect(inspection.fields[2].vocabulary == nil && inspection.fields[2].parts[0].values == 4)
    #expect(inspection.periodSeconds == 86_400 || inspection.periodSeconds == 3_600)
  }

  @Test func `periods follow the time`() throws {
    let inspection = try LogInspection([("train", [Self.train])], schema: Self.schema)
    #expect(inspection.parts[0].periods.map(\.rows) == [2, 1, 1])
    #expect(inspection.parts[0].periods.map(\.clicks) == [1, 1, 0])
    // a, < 2, x; ≥ 2, y; b; z, were they not in one bucket.
    #expect(inspection.parts[0].periods[1].new == 1)
  }

  @Test func `without time periods are stretches in bounded number`() {
    var periods = Periods()
    let row = LogInspection.Period(start: 0, rows: 1, clicks: 1, values: 2, new: 0, unknown: 0)
    for _ in 0..<100_000 { periods.add(row, at: nil) }
    let list = periods.list(seconds: nil)
    #expect(list.count <= 64 && list.reduce(0) { $0 + $1.rows } == 100_000)
    #expect(Set(list.dropLast().map(\.rows)).count == 1)
  }

  @Test func `encoded rows are inspected as their log is`() throws {
    let encoder = try FeatureEncoder.fit(Self.schema, to: [Self.train])
    let encoded = LogInspection([("train", try encoder.encode([Self.train]))], encoder: encoder)
    let read = try LogInspection([("train", [Self.train])], schema: Self.schema)
    let (a, b) = (JSONEncoder(), JSONEncoder())
    a.outputFormatting = .sortedKeys
    b.outputFormatting = .sortedKeys
    #expect(try a.encode(encoded) == b.encode(read))
  }
}
