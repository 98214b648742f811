import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Numbers that become waves over their place among knots.
@Suite struct PeriodicTests {
  private func values(of x: Double, _ waves: PeriodicWaves) -> [Float] {
    var ids = [Int32](repeating: 0, count: waves.slots)
    var values = [Float](repeating: 0, count: waves.slots)
    waves.write(x, first: 7, &ids, &values)
    #expect(ids == (0..<Int32(waves.slots)).map { $0 + 7 })
    return values
  }

  @Test func `slots have the place, and sine and cosine of each frequency`() {
    let waves = PeriodicWaves(knots: [0, 1, 4], frequencies: 2)
    #expect(waves.slots == 5)
    // 2.5 is half way from 1 to 4: three quarters of the column lie below.
    let (u, found) = (0.75, values(of: 2.5, waves))
    let expected = [
      (u - 0.5) * NumberKnots.root12, sin(.pi * u), cos(.pi * u), sin(2 * .pi * u),
      cos(2 * .pi * u),
    ].map(Float.init)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-6) }
    // Beyond the ends it is constant.
    #expect(values(of: -9, waves) == values(of: 0, waves))
    #expect(values(of: 99, waves) == values(of: 4, waves))
  }

  @Test func `rows of a log become slots, and missing numbers a row of their own`() throws {
    let log = LogSource.text("label,n,c\n1,1,a\n0,2,a\n1,,b\n0,3,b\n")
    let schema = Schema(fields: [
      .numeric("n", encoding: .periodic, frequencies: 1), .categorical("c"),
    ])
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    // Missing, place, sine, cosine; then unknown, missing, a, b.
    #expect(encoder.fields[0].rows == 4 && encoder.layout.slotFields == [0, 0, 0, 1])
    let data = try encoder.encode([log])
    #expect(data.ids == [1, 2, 3, 6, 1, 2, 3, 6, 0, -1, -1, 7, 1, 2, 3, 7])
    #expect(data.values?.prefix(4).map { ($0 * 1e4).rounded() } == [-17321, 0, 10000, 10000])
    #expect(data.values?[8..<12] == [1, 0, 0, 1])
    #expect(data.statistics.map(\.missing) == [1, 0])
    let again = try JSONDecoder().decode(FeatureEncoder.self, from: JSONEncoder().encode(encoder))
    #expect(again == encoder)
    #expect(try again.encode([log]).values == data.values)
  }
}
