import Statistics
import Testing

@testable import ABTesting

/// Whether a number is another one to its last printed digit.
func isClose(_ found: Double?, _ expected: Double, _ unit: Double) -> Bool {
  found.map { abs($0 - expected) <= unit * 0.500001 } ?? false
}

/// The moments of (m, d) by unit.
func moments(_ units: [(Double, Double)]) -> JointMoments {
  var moments = JointMoments()
  for unit in units { moments.add(SIMD4(unit.0, unit.1, 0, 0)) }
  return moments
}

@Suite struct EstimateTests {
  private static let a: [(Double, Double)] = [(1, 10), (0, 4), (2, 12), (0, 3), (1, 9)]
  private static let b: [(Double, Double)] = [(2, 9), (1, 5), (2, 13), (0, 2), (2, 10)]

  @Test func `a ratio by the delta method has the values worked out for it`() throws {
    let a = try #require(ArmStatistic(ratio: moments(Self.a)))
    let b = try #require(ArmStatistic(ratio: moments(Self.b)))
    #expect(isClose(a.value, 0.105263158, 1e-9) && isClose(b.value, 0.179487179, 1e-9))
    #expect(isClose(a.squaredError, 7.145816868e-4, 1e-13))
    #expect(isClose(b.squaredError, 3.620148515e-4, 1e-13))
    let contrast = try #require(Contrast(b, against: a, alpha: 0.05))
    #expect(isClose(contrast.difference.value, 0.074224022, 1e-9))
    #expect(isClose(contrast.difference.error, 0.032811531, 1e-9))
    #expect(isClose(contrast.t, 2.262132, 1e-6) && isClose(contrast.degrees, 7.225140, 1e-6))
    #expect(isClose(contrast.p, 0.0569956, 1e-7))
    #expect(isClose(contrast.lift?.value, 0.705128, 1e-6))
    #expect(isClose(contrast.lift?.error, 0.469230, 1e-6))
    let rows = Contrast.proportions((7, 39), against: (4, 38))
    #expect(isClose(rows.error, 0.079087, 1e-6))
  }

  /// An arm of which sums and sums of squares are published.
  private func arm(_ sum: Double, _ squares: Double, _ count: Int) -> ArmStatistic {
    let n = Double(count)
    return ArmStatistic(
      value: sum / n, variance: (squares - sum * sum / n) / (n - 1), units: count)
  }

  /// A share, with the variance that GrowthBook gives it.
  private func share(_ count: Double, _ trials: Int) -> ArmStatistic {
    let p = count / Double(trials)
    return ArmStatistic(value: p, variance: p * (1 - p), units: trials)
  }

  @Test func `means are as GrowthBook's own tests say`() throws {
    let (a, b) = (arm(1396.87, 52377.9767, 3407), arm(2422.7, 134698.29, 3461))
    let contrast = try #require(Contrast(b, against: a, alpha: 0.05))
    let lift = try #require(contrast.lift)
    #expect(isClose(lift.value, 0.70732, 1e-5) && isClose(lift.error, 0.37879, 1e-5))
    #expect(isClose(lift.lower, -0.03526, 1e-5) && isClose(lift.upper, 1.44989, 1e-5))
    let p = StudentT.twoSided(lift.value / lift.error, degrees: contrast.degrees)
    #expect(isClose(p, 0.06191, 1e-5))
    let difference = contrast.difference
    #expect(isClose(difference.value, 0.29, 1e-2) && isClose(difference.error, 0.12478, 1e-5))
    #expect(isClose(difference.lower, 0.04538, 1e-5) && isClose(difference.upper, 0.53462, 1e-5))
    #expect(isClose(contrast.p, 0.02016, 1e-5))
  }

  @Test func `shares are as GrowthBook's own tests say`() throws {
    let contrast = try #require(Contrast(share(16, 30), against: share(14, 28), alpha: 0.05))
    let lift = try #require(contrast.lift)
    #expect(isClose(lift.value, 0.06667, 1e-5))
    #expect(isClose(lift.lower, -0.47767, 1e-5) && isClose(lift.upper, 0.61101, 1e-5))
    let p = StudentT.twoSided(lift.value / lift.error, degrees: contrast.degrees)
    #expect(isClose(p, 0.80707, 1e-5))
  }

  @Test func `sequences are as GrowthBook's own tests say`() throws {
    func lift(_ b: ArmStatistic, _ a: ArmStatistic, tuning: Int) throws -> Estimate {
      let sequence = ConfidenceSequence(alpha: 0.05, tuning: tuning)
      let (value, error) = try #require(Contrast.relative(b, a))
      return sequence.estimate(value, error: error, units: a.units + b.units)
    }
    let means = try lift(arm(2422.7, 134698.29, 3461), arm(1396.87, 52377.9767, 3000), tuning: 1000)
    #expect(isClose(means.value, 0.50336, 1e-5))
    #expect(isClose(means.lower, -0.55844, 1e-5) && isClose(means.upper, 1.56516, 1e-5))
    let shares = try lift(share(2422, 3461), share(1396, 3000), tuning: 5000)
    #expect(isClose(shares.value, 0.50386, 1e-5))
    #expect(isClose(shares.lower, 0.40098, 1e-5) && isClose(shares.upper, 0.60675, 1e-5))
  }

  @Test func `sequences have the widths worked out for them`() {
    let sequence = ConfidenceSequence(alpha: 0.05, tuning: 5000)
    #expect(isClose(sequence.rho, 0.039840067, 1e-9))
    for (units, width) in [
      (1000, 0.106375), (5000, 0.042924), (20000, 0.022112), (100_000, 0.010552),
    ] {
      let found = sequence.halfWidth(error: (1 / Double(units)).squareRoot(), units: units)
      #expect(isClose(found, width, 1e-6), "\(units): \(found)")
    }
    for (units, times) in [(1000, 1.716), (5000, 1.549), (20000, 1.595)] {
      let root = Double(units).squareRoot()
      let found = sequence.halfWidth(error: 1 / root, units: units) * root / 1.959964
      #expect(isClose(found, times, 1e-3), "\(units): \(found)")
    }
    // Where the interval touches 0, the p-value is α.
    let width = sequence.halfWidth(error: 0.01, units: 7000)
    #expect(abs(sequence.p(difference: width, error: 0.01, units: 7000) - 0.05) < 1e-12)
  }

  @Test func `the mixture test has the value worked out for it`() {
    let ratio = MixtureSPRT.ratio(difference: 0.01, variance: 0.1, mixture: 1e-4, pairs: 10_000)
    #expect(isClose(ratio, 28.403345, 1e-6))
  }

  @Test func `CUPED has the values worked out for it`() throws {
    let x = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3].map(Double.init)
    let y = [2, 1, 5, 0, 6, 8, 3, 5, 7, 2].map(Double.init)
    var moments = JointMoments()
    for (x, y) in zip(x, y) { moments.add(SIMD4(y, 1, x, 1)) }
    let covariate = try #require(Covariate(pooled: moments))
    #expect(isClose(covariate.theta, 0.981785064, 1e-9))
    #expect(isClose(covariate.varianceRatio, 0.184619184, 1e-9))
    let adjusted = try #require(ArmStatistic(ratio: moments, adjustedBy: covariate))
    let plain = try #require(ArmStatistic(ratio: moments))
    #expect(abs(adjusted.variance / plain.variance - covariate.varianceRatio) < 1e-12)
    #expect(abs(adjusted.value - plain.value) < 1e-12)
  }

  @Test(arguments: [
    ([5000, 5200], [0.5, 0.5], 3.921569, 0.0476704, 1e-7),
    ([821_588, 815_482], [0.5, 0.5], 22.774369, 1.82179e-6, 1e-11),
    ([4100, 5900], [0.4, 0.6], 4.166667, 0.0412268, 1e-7),
  ])
  func `a sample ratio has the values worked out for it`(
    counts: [Int], shares: [Double], chiSquare: Double, p: Double, digit: Double
  ) {
    let ratio = SampleRatio(counts, shares: shares)
    #expect(isClose(ratio.chiSquare, chiSquare, 1e-6) && isClose(ratio.p, p, digit))
    #expect(ratio.isAlarming == (p < 0.001))
  }

  @Test func `two shares have the values worked out for them`() {
    let found = Contrast.proportions((530, 10_000), against: (480, 10_000))
    #expect(isClose(found.z, 1.614588, 1e-6) && isClose(found.p, 0.106400, 1e-6))
    let width = 1.959963985 * found.error
    #expect(isClose(found.difference - width, -0.00106915, 1e-8))
    #expect(isClose(found.difference + width, 0.01106915, 1e-8))
  }

  @Test func `sample sizes have the values worked out for them`() {
    let power = Power()
    #expect(isClose(power.trials(share: 0.05, lift: 0.1), 31_233.44, 0.01))
    #expect(isClose(power.trials(share: 0.05, lift: 0.1, by: .unpooled), 31_230.69, 0.01))
    #expect(isClose(power.trials(share: 0.05, lift: 0.1, by: .arcsine), 31_217.42, 0.01))
    #expect(isClose(power.trials(share: 0.05, lift: 0.05), 122_123.47, 0.01))
    #expect(isClose(power.trials(share: 0.02, lift: 0.1), 80_681.38, 0.01))
    #expect(isClose(power.trials(share: 0.01, lift: 0.1), 163_094.62, 0.01))
    #expect(isClose(power.trials(share: 0.03, lift: 0.1), 53_210, 1))
  }

  @Test func `the lift that a sample shows is the one it was planned for`() {
    let baseline = ArmStatistic(value: 0.05, variance: 0.09, units: 100)
    let units = Power().units(lift: 0.04, baseline: baseline)
    let lift = Power().detectableLift(control: units, arm: units, baseline: baseline)
    #expect(abs(lift - 0.04) < 1e-12)
  }

  @Test func `clicks of units that differ vary more than clicks drawn one by one`() throws {
    // Units with all or no clicks: d rows are worth one.
    let units = (0..<1000).map { ($0 % 2 == 0 ? 8.0 : 0, 8.0) }
    let statistic = try #require(ArmStatistic(ratio: moments(units)))
    let effect = try #require(statistic.designEffect(rowsPerUnit: 8))
    #expect(abs(effect - 8) < 0.01)
  }
}
