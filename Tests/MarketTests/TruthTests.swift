import Foundation
import Testing

@testable import Market

private func small(_ change: (inout MarketSettings) -> Void = { _ in }) -> MarketSettings {
  var settings = MarketSettings()
  (settings.users, settings.items, settings.newItems) = (300, 60, 3)
  (settings.candidates, settings.places) = (12, 3)
  change(&settings)
  return settings
}

@Suite struct `A market's truth` {
  @Test func `is the same for a seed, and another for another`() {
    let (first, again) = (MarketTruth(small(), days: 3), MarketTruth(small(), days: 3))
    #expect(first.requests(on: 2) == again.requests(on: 2))
    let request = first.requests(on: 2)[0]
    let (p, q) = (
      first.probabilities(of: request, on: 2), again.probabilities(of: request, on: 2)
    )
    #expect(p.map(\.click) == q.map(\.click) && p.map(\.order) == q.map(\.order))
    let other = MarketTruth(small { $0.seed = 2 }, days: 3)
    #expect(other.requests(on: 2) != first.requests(on: 2))
  }

  @Test func `has requests as many as users are active, each with its candidates once`() {
    let truth = MarketTruth(small { $0.users = 4000 }, days: 3)
    let requests = truth.requests(on: 1)
    let mean = Double(requests.count) / 4000
    // Three in the mean; its standard error, with activity, is about 0.04.
    #expect(abs(mean - 3) < 0.2)
    #expect(requests.allSatisfy { Set($0.candidates).count == 12 })
    #expect(requests.allSatisfy { $0.candidates.allSatisfy(truth.catalogue(on: 1).contains) })
    #expect(requests.map(\.second) == requests.map(\.second).sorted())
    #expect(requests.allSatisfy { (0..<86_400).contains($0.second) })
  }

  @Test func `has new items each day in place of the oldest`() {
    let truth = MarketTruth(small(), days: 5)
    #expect(truth.catalogue(on: 0) == 0..<60 && truth.catalogue(on: 4) == 12..<72)
    #expect(truth.arrival(of: 59) == 0 && truth.arrival(of: 60) == 1)
    #expect(truth.arrival(of: 62) == 1 && truth.arrival(of: 63) == 2)
  }

  @Test(arguments: [0.3, 0.9])
  func `has pair effects of the deviation that was asked for`(_ deviation: Double) {
    func logits(_ pairs: Double) -> [Double] {
      let truth = MarketTruth(small { ($0.users, $0.pairEffect) = (2000, pairs) }, days: 1)
      return truth.requests(on: 0).flatMap { request in
        truth.probabilities(of: request, on: 0).map { log($0.click / (1 - $0.click)) }
      }
    }
    let pairs = zip(logits(deviation), logits(0)).map { $0 - $1 }
    let square = pairs.reduce(0) { $0 + $1 * $1 } / Double(pairs.count)
    // Few values of each column: their effects are a small sample.
    #expect(abs(square.squareRoot() / deviation - 1) < 0.35)
  }

  @Test func `turns with drift, and does not without`() {
    func p(_ drift: Double, _ day: Int) -> [Double] {
      let truth = MarketTruth(small { $0.drift = drift }, days: 9)
      return truth.probabilities(of: truth.requests(on: 0)[0], on: day).map(\.click)
    }
    #expect(p(0, 0) == p(0, 8))
    #expect(p(0.2, 0) == p(0, 0) && p(0.2, 0) != p(0.2, 8))
  }

  @Test func `knows its strongest pairs`() {
    #expect(
      MarketColumn.strongestPairs.prefix(3).map(\.name) == [
        "age_category", "hour_category", "age_brand",
      ])
  }

  @Test func `refuses settings that make no market`() {
    #expect(throws: (any Error).self) { try small { $0.candidates = 100 }.check() }
    #expect(throws: (any Error).self) { try small { $0.places = 13 }.check() }
    #expect(throws: (any Error).self) { try small { $0.exploration = 1 }.check() }
    #expect(throws: Never.self) { try small().check() }
  }
}

@Suite struct `What a policy shows` {
  /// Scores as they are given to it.
  private final class Fixed: RankingPolicy {
    let name: String
    private let score: (Double) -> Float
    init(_ name: String, _ score: @escaping (Double) -> Float) {
      (self.name, self.score) = (name, score)
    }

    func scores(of requests: [MarketRequest], on day: Int, in truth: MarketTruth) -> [Float] {
      requests.flatMap { truth.probabilities(of: $0, on: day).map { score($0.click) } }
    }
  }

  private func day(
    _ settings: MarketSettings, _ a: Fixed, _ b: Fixed
  ) throws -> DaySimulation.Outcome {
    let truth = MarketTruth(settings, days: 2)
    return try DaySimulation(
      truth: truth, day: 1, phase: .ab, arms: [a, b], armOfUser: try truth.arms(of: .ab)
    ).run()
  }

  @Test func `earns by the truth what it earns in the log`() throws {
    let best = Fixed("best") { Float($0) }
    let worst = Fixed("worst") { Float(-$0) }
    let outcome = try day(small { ($0.users, $0.exploration) = (3000, 0) }, worst, best)
    let expected = outcome.record.expected
    #expect(expected["best"] == expected["oracle"])
    #expect(expected["worst"]!.clicks < expected["random"]!.clicks)
    #expect(expected["random"]!.clicks < expected["best"]!.clicks)
    #expect(outcome.record.auc["best"]!.uniform == outcome.record.auc["oracle"]!.uniform)
    // Each arm's clicks are those of its half of the users, within five standard errors.
    let shown = zip(["worst", "best"], outcome.logs).map { name, logs in
      let rows = logs.flatMap { $0.text.split(separator: "\n").dropFirst() }
      let clicks = rows.count { $0.split(separator: ",").dropLast().last == "1" }
      return (Double(clicks), Double(rows.count) * expected[name]!.clickRate)
    }
    for (clicks, mean) in shown { #expect(abs(clicks - mean) < 5 * (2 * mean).squareRoot()) }
  }

  @Test func `is logged with the chance that it was shown`() throws {
    let policy = Fixed("one") { Float($0) }
    let outcome = try day(small { $0.exploration = 0.3 }, policy, policy)
    func column(_ name: String, _ log: ImpressionLog) -> [Double] {
      let index = ImpressionLog.columns.firstIndex(of: name)!
      return log.text.split(separator: "\n").dropFirst().map {
        Double($0.split(separator: ",", omittingEmptySubsequences: false)[index])!
      }
    }
    let propensities = outcome.logs.flatMap { $0.flatMap { column("propensity", $0) } }
    // The mean of 1/propensity over what was shown is the number of candidates.
    let inverse = propensities.reduce(0) { $0 + 1 / $1 } / Double(propensities.count)
    #expect(abs(inverse - 12) < 1)
    let explored = outcome.logs.map { Double($0[1].rows) }.reduce(0, +)
    #expect(abs(explored / Double(propensities.count) - 0.3) < 0.05)
  }
}
