import ABTesting
import Assignment
import Foundation
import Logs
import Operators
import Statistics
import Support
import Training

/// How often the interval of a test holds the true lift: many small markets, each with models of its own.
package struct MarketCoverage: Sendable, Codable {
  package var markets: Int
  /// Intervals by units that hold the truth.
  package var ctr = 0
  package var cvr = 0
  /// The same by impressions, as if each were a user of its own.
  package var byImpressions = 0
  /// How many there may be by chance at 95 %, with a confidence of 99 %.
  package var expected: ClosedRange<Int>
  /// The mean true lift.
  package var meanLift = 0.0

  /// The market, but for its seed.
  package static var settings: MarketSettings {
    var settings = MarketSettings()
    (settings.users, settings.items, settings.newItems) = (400, 60, 2)
    (settings.candidates, settings.places, settings.requests) = (10, 2, 2)
    return settings
  }

  private static var design: MarketDesign {
    var design = MarketDesign()
    (design.aaDays, design.abDays, design.epochs) = (2, 5, 3)
    (design.embedding, design.hidden) = (4, [16])
    return design
  }

  /// - Parameters:
  ///   - first: the seed of the first market.
  ///   - report: told of each market.
  package init(
    markets: Int, first: UInt64 = 1, backend: any Backend, report: (Int) -> Void
  ) throws {
    self.markets = markets
    expected = Binomial.range(trials: markets, probability: 0.95, confidence: 0.99)
    for number in 0..<markets {
      var settings = Self.settings
      settings.seed = first &+ UInt64(number)
      let market = try SmallMarket(settings, Self.design, backend)
      if market.ctr.isCovered ?? false { ctr += 1 }
      if market.cvr.isCovered ?? false { cvr += 1 }
      if market.impressions.isCovered ?? false { byImpressions += 1 }
      meanLift += market.ctr.truth / Double(markets)
      report(number + 1)
    }
  }
}

/// A market in memory whose models are trained once, before the test.
private struct SmallMarket {
  let ctr: MarketSummary.Lift
  let cvr: MarketSummary.Lift
  let impressions: MarketSummary.Lift

  init(_ settings: MarketSettings, _ design: MarketDesign, _ backend: any Backend) throws {
    let truth = MarketTruth(settings, days: design.days)
    func policy(_ model: String, _ logs: [LogSource]) throws -> any RankingPolicy {
      let training = ModelTraining(
        design: design, model: model, crosses: 0, seed: settings.seed, backend: backend)
      return try ModelPolicy(model, version: 1, training.train(on: logs), on: backend)
    }
    func run(
      _ day: Int, _ phase: MarketPhase, _ arms: [any RankingPolicy]
    ) throws -> (MarketDay, [LogSource]) {
      let outcome = try DaySimulation(
        truth: truth, day: day, phase: phase, arms: arms,
        armOfUser: try truth.arms(of: phase)
      ).run()
      return (
        outcome.record,
        outcome.logs.flatMap { logs in
          logs.filter { $0.rows > 0 }.map { .text($0.text, name: "day.csv") }
        }
      )
    }
    var logs = try run(0, .start, [PopularityPolicy()]).1
    let first = try policy(design.control, logs)
    for day in design.days(of: .aa) { logs += try run(day, .aa, [first, first]).1 }
    let arms = [try policy(design.control, logs), try policy(design.treatment, logs)]
    var (days, tested) = ([MarketDay](), [LogSource]())
    for day in design.days(of: .ab) {
      let (record, log) = try run(day, .ab, arms)
      days.append(record)
      tested += log
    }
    func analysis(unit: String?) throws -> ABAnalysis {
      try ABAnalysis(
        .market(.ab, unit: unit), of: tested, options: ABAnalysis.Options(),
        rejecting: RejectedRows(.stop))
    }
    let result = MarketResult(
      settings: settings, design: design, days: days, aa: nil,
      ab: try analysis(unit: MarketColumn.user.name))
    let rows = try analysis(unit: nil)
    ctr = MarketSummary.Lift(result.trueClickLift, result.estimate("CTR"))
    cvr = MarketSummary.Lift(result.trueOrderLift, result.estimate("CVR"))
    impressions = MarketSummary.Lift(
      result.trueClickLift, rows.metrics.first?.comparisons.first)
  }
}
