import Random
import Testing

@testable import Features

@Suite struct NumberSummaryTests {
  @Test func `an exact sum does not round`() {
    var sum = ExactSum()
    for x in [1e300, 1, -1e300, 0x1p-1074, 1e-5, -1e-5, -0.0] { sum.add(x) }
    #expect(sum.value == DoubleDouble(1, 0x1p-1074))
    sum.add(-1)
    #expect(sum.value == DoubleDouble(0x1p-1074))
    sum.add(-3)
    #expect(sum.value.high == -3)
  }

  @Test func `many numbers add up in any order and any parts`() {
    var stream = RandomStream(seed: 1, purpose: "numbers")
    let numbers = (0..<5_000).map { _ in
      (stream.uniform() - 0.3)
        * Double(sign: .plus, exponent: stream.below(80) - 40, significand: 1)
    }
    var whole = ExactSum()
    numbers.forEach { whole.add($0) }
    var parts = [ExactSum(), ExactSum(), ExactSum()]
    for (index, x) in numbers.reversed().enumerated() { parts[index % 3].add(x) }
    parts[0].add(parts[1])
    parts[2].add(parts[0])
    #expect(parts[2].value == whole.value)
    // Whole numbers within 2^53 are exact in doubles, too.
    var counts = ExactSum()
    for x in 0..<3_000 { counts.add(Double(x - 1_000)) }
    #expect(counts.value == DoubleDouble(Double(2_999 * 3_000 / 2 - 3_000 * 1_000)))
  }

  @Test func `a deviation survives a mean that is far away`() {
    var summary = NumberSummary()
    for x in [1e9 - 1, 1e9, 1e9 + 1] { summary.add(x) }
    #expect(summary.mean == 1e9)
    #expect(abs(summary.deviation - (2.0 / 3).squareRoot()) < 1e-15)
    #expect(NumberSummary().deviation == 0)
  }

  @Test func `quantiles of small whole numbers are exact`() {
    let histogram = NumberHistogram()
    for x in 0..<1_000 { histogram.add(Double(x)) }
    #expect(histogram.boundaries(buckets: 4) == [250, 500, 750])
    #expect(NumberHistogram().boundaries(buckets: 4) == [])
  }

  @Test func `a frequent number has one bucket`() {
    let histogram = NumberHistogram()
    for x in [0.0, -0.0, 0, 0, 0, 0, 0, 1, 2, 3] { histogram.add(x) }
    #expect(histogram.boundaries(buckets: 5) == [1, 2])
    #expect([0, 0.5, 1, 1.5, 2, 9].map { [1.0, 2].bucket(of: $0) } == [0, 0, 1, 1, 2, 2])
  }

  @Test func `quantiles are near the exact ones and do not depend on order`() {
    var stream = RandomStream(seed: 2, purpose: "numbers")
    let numbers = (0..<4_000).map { _ in (stream.uniform() - 0.5) * 1e6 }
    let whole = NumberHistogram()
    numbers.forEach { whole.add($0) }
    let (a, b) = (NumberHistogram(), NumberHistogram())
    for (index, x) in numbers.reversed().enumerated() { (index % 3 == 0 ? a : b).add(x) }
    a.merge(b)
    let boundaries = whole.boundaries(buckets: 10)
    #expect(a.boundaries(buckets: 10) == boundaries)
    let sorted = numbers.sorted()
    for (index, boundary) in zip(1..., boundaries) {
      #expect(abs(boundary - sorted[index * 400]) <= abs(boundary) * 0x1p-11 + 1_000)
    }
  }
}
