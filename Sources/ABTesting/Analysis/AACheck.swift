import Random
import Statistics

/// How often a test raises an alarm where there is nothing to find: the units of a log are dealt to two arms
/// anew, many times, whatever arm they had.
public struct AACheck: Sendable, Codable {
  /// The alarms of one way of testing.
  public struct Alarms: Sendable, Codable {
    public var count: Int
    /// The p-value of all p-values being uniform, by Kolmogorov and Smirnov; nil for sequences, whose
    /// p-values are larger by design.
    public var uniform: Double?
    /// Whether there are about as many as there should be; of sequences, no more.
    public var isSound: Bool
  }

  /// The alarms of a metric.
  public struct MetricAlarms: Sendable, Codable {
    public var name: String
    /// By units, the test that decides.
    public var units: Alarms
    /// By rows, for a ratio that is a share: what a test that forgets whose rows they are would do.
    public var rows: Alarms?
    /// By sequences, looked at each day.
    public var sequence: Alarms?
    /// By units, looked at each day, the first alarm taken: what peeking does.
    public var peeking: Alarms?
  }

  public var repetitions: Int
  /// How many alarms there may be by chance, with a confidence of 99 %.
  public var expected: ClosedRange<Int>
  public var metrics: [MetricAlarms]

  /// The sums of one arm of one repetition, of (m, d): count, Σm, Σd, Σm², Σmd, Σd².
  private typealias Sums = SIMD8<Double>

  /// - Parameter values: the metrics of the log's test, cut where the analysis cuts them.
  init(_ log: UnitLog, _ values: [MetricValues], repetitions: Int) throws {
    let test = log.test
    let zero = [Sums](repeating: .zero, count: values.count)
    self.repetitions = repetitions
    let range = Binomial.range(trials: repetitions, probability: test.alpha, confidence: 0.99)
    expected = range
    let arms = Set(log.arms.map { UInt16($0.number) })
    // [days][metrics][repetitions] of the second arm, and [days][metrics] of both: the first arm is what
    // is left.
    var second: [Int: [[Sums]]] = [:]
    var both: [Int: [Sums]] = [:]
    let none = values.map { _ in [Sums](repeating: .zero, count: repetitions) }
    var number: UInt64 = 0
    var chosen: [Int] = []
    try log.table.forEachUnit { unit in
      guard arms.contains(unit.arm.rawValue) else { return }
      var bits = RandomStream(seed: number, purpose: "A/A")
      number += 1
      chosen.removeAll(keepingCapacity: true)
      for start in Swift.stride(from: 0, to: repetitions, by: 32) {
        let word = bits.nextWord()
        for bit in 0..<min(32, repetitions - start) where word >> UInt32(bit) & 1 == 1 {
          chosen.append(start + bit)
        }
      }
      for (index, metric) in values.enumerated() {
        var (m, d) = (0.0, 0.0)
        var last = Sums.zero
        for slice in 0..<unit.days {
          m += unit[slice, metric.numerator]
          d += unit[slice, metric.denominator]
          let pair = metric.pair(m, d)
          let now = Sums(
            1, pair.0, pair.1, pair.0 * pair.0, pair.0 * pair.1, pair.1 * pair.1, 0, 0)
          let change = now - last
          last = now
          let day = unit.slices[slice].number
          both[day, default: zero][index] += change
          second[day, default: none][index].withUnsafeMutableBufferPointer { sums in
            for repetition in chosen { sums[repetition] += change }
          }
        }
      }
    }
    let days = both.keys.sorted()
    self.metrics = test.metrics.indices.map { index in
      Self.alarms(
        test, index, repetitions, range,
        days.map { (both[$0]![index], second[$0]![index]) })
    }
  }

  private static func alarms(
    _ test: ABTest, _ index: Int, _ repetitions: Int, _ expected: ClosedRange<Int>,
    _ days: [(both: Sums, second: [Sums])]
  ) -> MetricAlarms {
    let sequence = ConfidenceSequence(alpha: test.alpha, tuning: test.tuning)
    var (units, rows) = ([Double](), [Double]())
    var (sequences, peeks) = (0, 0)
    for repetition in 0..<repetitions {
      var (b, both) = (Sums.zero, Sums.zero)
      var (leastSequence, leastUnits, last) = (1.0, 1.0, 1.0)
      for day in days {
        b += day.second[repetition]
        both += day.both
        guard let contrast = contrast(b, both - b, test.alpha) else { continue }
        last = contrast.p
        leastUnits = min(leastUnits, last)
        leastSequence = min(
          leastSequence,
          sequence.p(
            difference: contrast.difference.value, error: contrast.difference.error,
            units: contrast.units))
      }
      units.append(last)
      if leastSequence <= test.alpha { sequences += 1 }
      if leastUnits <= test.alpha { peeks += 1 }
      let a = both - b
      if test.metrics[index].kind == .ratio, b[1] <= b[2], a[1] <= a[2], a[2] > 0, b[2] > 0 {
        rows.append(Contrast.proportions((b[1], b[2]), against: (a[1], a[2])).p)
      }
    }
    func judged(_ p: [Double]) -> Alarms {
      let count = p.count { $0 <= test.alpha }
      return Alarms(
        count: count, uniform: KolmogorovSmirnov.uniform(p).p, isSound: expected.contains(count))
    }
    let looks = days.count > 1
    return MetricAlarms(
      name: test.metrics[index].name, units: judged(units),
      rows: rows.count == repetitions ? judged(rows) : nil,
      sequence: looks
        ? Alarms(count: sequences, isSound: sequences <= expected.upperBound) : nil,
      peeking: looks ? Alarms(count: peeks, isSound: expected.contains(peeks)) : nil)
  }

  private static func contrast(_ b: Sums, _ a: Sums, _ alpha: Double) -> Contrast? {
    guard let b = statistic(b), let a = statistic(a) else { return nil }
    return Contrast(b, against: a, alpha: alpha)
  }

  private static func statistic(_ s: Sums) -> ArmStatistic? {
    let n = s[0]
    guard n > 1, s[2] > 0 else { return nil }
    let ratio = s[1] / s[2]
    let mean = s[2] / n
    // Σ(m − R·d)², whose mean is 0.
    let squares = s[3] - 2 * ratio * s[4] + ratio * ratio * s[5]
    return ArmStatistic(
      value: ratio, variance: max(squares, 0) / (n - 1) / (mean * mean), units: Int(n))
  }
}
