import Random
import Testing

@testable import ABTesting

@Suite struct OffPolicyTests {
  /// Rounds of a uniform policy over three actions that earn by chance, and what a policy earns that takes
  /// the first action most often.
  private func rounds(_ count: Int, seed: UInt64) -> (rounds: [OffPolicyRound], truth: Double) {
    let (target, rates, model) = ([0.7, 0.2, 0.1], [0.3, 0.1, 0.05], [0.25, 0.15, 0.05])
    var stream = RandomStream(seed: seed)
    let expected = zip(target, model).reduce(0) { $0 + $1.0 * $1.1 }
    let rounds = (0..<count).map { _ in
      let action = Int(stream.uniform() * 3)
      return OffPolicyRound(
        reward: stream.uniform() < rates[action] ? 1 : 0, weight: target[action] * 3,
        predicted: model[action], expected: expected)
    }
    return (rounds, zip(target, rates).reduce(0) { $0 + $1.0 * $1.1 })
  }

  @Test func `estimators are as their definitions say`() {
    let rounds = [
      OffPolicyRound(reward: 1, weight: 2, predicted: 0.5, expected: 0.4),
      OffPolicyRound(reward: 0, weight: 0.5, predicted: 0.25, expected: 0.2),
      OffPolicyRound(reward: 1, weight: 20, predicted: 0.75, expected: 0.6),
    ]
    let found = OffPolicyEvaluation(rounds, hasModel: true)
    func value(_ estimator: OffPolicyEstimator) -> Double {
      found.values.first { $0.estimator == estimator }!.value
    }
    #expect(abs(value(.ips) - 22.0 / 3) < 1e-12)
    #expect(abs(value(.snips) - 22 / 22.5) < 1e-12)
    #expect(abs(value(.direct) - 0.4) < 1e-12)
    #expect(abs(value(.doublyRobust) - (0.4 + (1 - 0.125 + 5) / 3)) < 1e-12)
    #expect(abs(value(.switchDR) - (0.4 + (1 - 0.125) / 3)) < 1e-12)
    #expect(abs(found.effectiveSize - 22.5 * 22.5 / 404.25) < 1e-12)
    #expect(found.largestWeight == 20 && !found.warnings.isEmpty)
  }

  @Test func `intervals hold the truth, and the model makes them shorter`() throws {
    var held = 0
    for seed in 1...40 {
      let (rounds, truth) = rounds(2000, seed: UInt64(seed))
      let found = OffPolicyEvaluation(rounds, hasModel: true, repetitions: 200)
      let dr = try #require(found.values.first { $0.estimator == .doublyRobust })
      let ips = try #require(found.values.first { $0.estimator == .ips })
      if dr.lower <= truth && truth <= dr.upper { held += 1 }
      #expect(dr.upper - dr.lower < ips.upper - ips.lower)
      #expect(found.warnings.isEmpty)
    }
    #expect(held >= 34)
  }

  @Test func `actions that the log never took raise a warning`() {
    let (rounds, _) = rounds(2000, seed: 1)
    let found = OffPolicyEvaluation(rounds.filter { $0.weight < 2 }, repetitions: 20)
    #expect(found.warnings.contains { $0.contains("lacks actions") })
  }

  @Test func `the same seed draws the same intervals`() {
    let (rounds, _) = rounds(300, seed: 2)
    let (a, b) = (OffPolicyEvaluation(rounds), OffPolicyEvaluation(rounds))
    #expect(a.values.map(\.lower) == b.values.map(\.lower))
  }
}
