import Data
import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Numbers that become places among knots.
@Suite struct PiecewiseTests {
  /// Σ x·V over a number's slots, for a table whose rows of every level hold a function's values at the knots.
  private func interpolated(_ x: Double, _ levels: PiecewiseLevels, level: Int) -> Float {
    var ids = [Int32](repeating: 0, count: levels.slots)
    var values = [Float](repeating: 0, count: levels.slots)
    levels.write(x, first: 0, &ids, &values)
    let start = Int32(levels.bounds[level].start) + 1
    return (0..<2).reduce(0) { sum, side in
      let slot = 1 + 2 * level + side
      return sum + values[slot] * Float(ids[slot] - start)
    }
  }

  @Test func `a level is linear between its knots and constant beyond them`() {
    let levels = PiecewiseLevels(knots: (0...16).map { Double($0 * $0) })
    #expect(levels.bounds.map(\.ranges) == [16, 4] && levels.slots == 5 && levels.rows == 22)
    #expect(interpolated(9, levels, level: 0) == 3)
    #expect(interpolated(12.5, levels, level: 0) == 3.5)
    #expect(interpolated(-7, levels, level: 0) == 0)
    #expect(interpolated(999, levels, level: 0) == 16)
    // Of the coarse level a knot in four: 3.5 of the fine ranges are 0.875 of a coarse one.
    #expect(interpolated(12.5, levels, level: 1) == 0.875)
    #expect(interpolated(256, levels, level: 1) == 4)
  }

  @Test func `places go from 0 to the number of ranges`() {
    let levels = PiecewiseLevels(knots: [1, 2, 4])
    #expect([0, 1, 1.5, 2, 3, 4, 5].map(levels.knots.place) == [0, 0, 0.5, 1, 1.5, 2, 2])
    #expect(levels.knots.x(ofPlace: 1) == 0)
    for knots in [[], [3.0]] {
      #expect([-1, 3, 8].map(NumberKnots(knots).place) == [0, 0, 0])
    }
  }

  @Test func `every row that is written is one of the field's`() {
    for count in 0...70 {
      let levels = PiecewiseLevels(knots: (0..<count).map(Double.init))
      var ids = [Int32](repeating: 0, count: levels.slots)
      var values = [Float](repeating: 0, count: levels.slots)
      for x in stride(from: -1.0, through: Double(count), by: 0.25) {
        levels.write(x, first: 0, &ids, &values)
        #expect(ids[0] == 0 && ids.dropFirst().allSatisfy { 1...Int32(levels.rows) ~= $0 })
        #expect(values.dropFirst().allSatisfy { 0...1 ~= $0 })
        for level in 0..<levels.levels {
          #expect(values[1 + 2 * level] + values[2 + 2 * level] == 1)
        }
      }
    }
  }

  @Test func `a number that fills a range has a knot, and the others share the rest`() throws {
    let histogram = NumberHistogram()
    for _ in 0..<9000 { histogram.add(0) }
    for number in 1...1000 { histogram.add(Double(number)) }
    let knots = histogram.knots(ranges: 8)
    #expect(knots.count == 9 && knots.first == 0 && knots.last == 1000)
    let gaps = zip(knots.dropFirst(), knots).map { $0 - $1 }
    #expect(gaps.dropFirst().allSatisfy { 100...160 ~= $0 })
    let few = NumberHistogram()
    for number in [3.0, 1, 2, 3, 3] { few.add(number) }
    #expect(few.knots(ranges: 8) == [1, 2, 3])
  }

  @Test func `rows of a log become slots, and missing numbers a row of their own`() throws {
    let log = LogSource.text("label,n,c\n1,1,a\n0,2,a\n1,,b\n0,3,b\n")
    let schema = Schema(fields: [
      .numeric("n", encoding: .piecewise, buckets: 8), .categorical("c"),
    ])
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    // Missing, place, three knots; then unknown, missing, a, b.
    #expect(encoder.fields[0].rows == 5 && encoder.layout.slotFields == [0, 0, 0, 1])
    let data = try encoder.encode([log])
    #expect(data.ids == [1, 2, 3, 7, 1, 3, 4, 7, 0, -1, -1, 8, 1, 3, 4, 8])
    let side = Float(NumberKnots.root12 / 2)
    #expect(data.values == [-side, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, side, 0, 1, 1])
    #expect(data.statistics.map(\.missing) == [1, 0])
    let again = try JSONDecoder().decode(FeatureEncoder.self, from: JSONEncoder().encode(encoder))
    #expect(again == encoder)
    #expect(try again.encode([log]).ids == data.ids)
  }
}
