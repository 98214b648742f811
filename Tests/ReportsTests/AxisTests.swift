import Testing

@testable import Reports

@Suite struct AxisTests {
  private static let spans: [(low: Double, high: Double)] = [
    (0, 1), (0.93, 0.985), (-5, 17), (1e-9, 3e-9), (1234, 98765), (0, 1e12), (0.5, 0.5), (0, 0),
  ]

  @Test(arguments: spans)
  func `linear marks are round and hold the values`(low: Double, high: Double) {
    let axis = FittedAxis(Axis("x"), values: [low, high, .nan, .infinity], ticks: 5)
    #expect(axis.lower <= low && axis.upper >= high)
    #expect((3...12).contains(axis.ticks.count), "\(axis.ticks)")
    #expect(Set(axis.ticks.map(\.text)).count == axis.ticks.count, "\(axis.ticks)")
    #expect(axis.place(low) != nil && axis.place(high) != nil && axis.place(.nan) == nil)
  }

  @Test(arguments: [(low: 1.0, high: 37.6), (low: 1e-5, high: 1.0), (low: 3.0, high: 3.0)])
  func `logarithmic marks hold the values`(low: Double, high: Double) throws {
    let axis = FittedAxis(Axis("x", scale: .log), values: [low, high, 0, -1], ticks: 5)
    #expect(axis.ticks.count >= 2, "\(axis.ticks)")
    #expect(Set(axis.ticks.map(\.text)).count == axis.ticks.count, "\(axis.ticks)")
    #expect(axis.place(0) == nil && axis.place(-1) == nil)
    let (first, last) = (try #require(axis.place(low)), try #require(axis.place(high)))
    #expect(first <= last)
  }

  @Test func `equal ratios are equally far apart on a logarithmic axis`() throws {
    let axis = FittedAxis(Axis("x", scale: .log), values: [1, 100], ticks: 5)
    #expect(abs(try #require(axis.place(10)) - 0.5) < 1e-12)
  }

  @Test(arguments: [
    (value: 0.0, text: "0"), (value: 1.5, text: "1.5"), (value: 0.98436, text: "0.9844"),
    (value: 12_345, text: "12.35 k"), (value: 3_200_000, text: "3.2 M"),
    (value: 1e-5, text: "1.00e-05"),
  ])
  func `four digits are significant`(value: Double, text: String) {
    #expect(Numbers.significant(value) == text)
  }
}
