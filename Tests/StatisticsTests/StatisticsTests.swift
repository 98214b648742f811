import Foundation
import Testing

@testable import Statistics

@Suite struct StatisticsTests {
  /// From closed forms: ν = 1 is the Cauchy distribution, p = 1 − 2·atan(t)/π; for ν = 2,
  /// p = 1 − t/√(2 + t²); for ν = 4, p = 1 − s·(3 − s²)/2 with s = t/√(4 + t²).
  private static let closed: [(degrees: Double, p: @Sendable (Double) -> Double)] = [
    (1, { 1 - 2 * atan($0) / .pi }),
    (2, { 1 - $0 / (2 + $0 * $0).squareRoot() }),
    (
      4,
      { t in
        let s = t / (4 + t * t).squareRoot()
        return 1 - s * (3 - s * s) / 2
      }
    ),
  ]

  @Test(arguments: [0.0, 1e-6, 0.1, 0.7, 1, 2, 5, 30])
  func `p values are those of closed forms`(t: Double) {
    for (degrees, expected) in Self.closed {
      for sign in [1.0, -1] {
        let found = StudentT.twoSided(sign * t, degrees: degrees)
        #expect(abs(found - expected(t)) < 1e-12, "\(degrees) degrees: \(found)")
      }
    }
  }

  /// The printed tables' two-sided critical values.
  @Test(arguments: [
    (degrees: 4.0, t: 2.776, p: 0.05), (degrees: 4, t: 4.604, p: 0.01),
    (degrees: 4, t: 8.610, p: 0.001),
    (degrees: 9, t: 2.262, p: 0.05), (degrees: 30, t: 2.750, p: 0.01),
    (degrees: 120, t: 1.980, p: 0.05),
  ])
  func `p values are those of printed tables`(degrees: Double, t: Double, p: Double) {
    #expect(abs(StudentT.twoSided(t, degrees: degrees) / p - 1) < 2e-3)
  }

  @Test func `many degrees are the normal distribution`() {
    #expect(abs(StudentT.twoSided(1.959963984540054, degrees: 1e6) - 0.05) < 1e-6)
  }

  @Test func `extremes are no accident`() {
    #expect(StudentT.twoSided(.infinity, degrees: 3) == 0)
    #expect(StudentT.twoSided(0, degrees: 3) == 1)
    #expect(StudentT.twoSided(.nan, degrees: 3).isNaN)
    #expect((0..<1e-100).contains(StudentT.twoSided(1e60, degrees: 4)))
  }

  @Test func `a paired test is the textbook's`() throws {
    // Gosset's own data: hours of sleep gained by ten patients under two drugs; t = −4.0621, p = .002833.
    let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    let test = try #require(PairedTest(zip(first, second).map { ($0, $1) }))
    #expect(abs(try #require(test.t) + 4.0621) < 1e-4)
    #expect(abs(try #require(test.p) - 0.002833) < 1e-6)
    #expect(abs(test.difference.mean + 1.58) < 1e-12)
  }

  @Test func `a test without scatter says so`() throws {
    #expect(PairedTest([(1, 2)]) == nil)
    let same = try #require(PairedTest([(1, 1), (2, 2)]))
    #expect(same.t == nil && same.p == 1)
    let shifted = try #require(PairedTest([(1, 0.5), (2, 1.5)]))
    #expect(shifted.t == nil && shifted.p == nil)
  }

  @Test func `the deviation is the samples`() throws {
    let spread = try #require(Spread([2, 4, 4, 4, 5, 5, 7, 9]))
    #expect(spread.mean == 5 && abs((spread.deviation ?? 0) - (32.0 / 7).squareRoot()) < 1e-15)
    #expect(Spread([3])?.deviation == nil && Spread([]) == nil)
  }
}
