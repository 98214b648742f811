import ABTesting
import Foundation
import Operators
import Support

/// The experiment in many markets: over the strength of pair effects, with and without crosses made by hand, and
/// once with each pitfall.
package struct MarketSweep: Sendable, Codable {
  /// A way to do it wrong, or to see what it costs.
  package struct Pitfall: Sendable, Codable {
    package var name: String
    package var summary: MarketSummary
  }

  /// [strengths × (without crosses, with them)]
  package var points: [MarketSummary]
  package var pitfalls: [Pitfall]
  /// The market that the pitfalls are held against, without crosses.
  package var base: MarketResult

  /// What is swept over.
  package struct Plan: Sendable {
    package var settings = MarketSettings()
    package var design = MarketDesign()
    /// Rising, with that of `settings` among them.
    package var strengths = [0.0, 0.3, 0.6, 0.9, 1.2]
    package var crosses = 3
    package var hasPitfalls = true

    package init() {}
  }

  /// Runs all markets, or goes on where that was stopped.
  ///
  /// - Parameters:
  ///   - folder: has a folder for each market.
  ///   - report: told of each market that is done.
  package init(
    _ plan: Plan, in folder: String, isServed: Bool,
    makeBackend: @escaping @Sendable () throws -> any Backend,
    report: (String) -> Void
  ) throws {
    func run(_ name: String, _ settings: MarketSettings, _ design: MarketDesign) throws
      -> MarketResult
    {
      report(name)
      return try MarketExperiment(settings, design, makeBackend: makeBackend)
        .run(in: "\(folder)/\(name)", isServed: isServed)
    }
    var points: [MarketSummary] = []
    var base: MarketResult?
    for strength in plan.strengths {
      for crosses in Set([0, plan.crosses]).sorted() {
        var (settings, design) = (plan.settings, plan.design)
        (settings.pairEffect, design.crosses) = (strength, crosses)
        let result = try run("pairs-\(strength)-crosses-\(crosses)", settings, design)
        points.append(MarketSummary(result))
        if crosses == 0, strength == plan.settings.pairEffect || base == nil { base = result }
      }
    }
    self.points = points
    self.base = base!
    pitfalls =
      plan.hasPitfalls
      ? try Self.variations(plan).map { name, settings, design in
        Pitfall(
          name: name,
          summary: MarketSummary(
            try run(name.replacing(" ", with: "-"), settings, design)))
      } : []
  }

  /// The pitfalls that are settings, and the other way to keep models up to date: each is the base but for one of
  /// them.
  private static func variations(_ plan: Plan) -> [(String, MarketSettings, MarketDesign)] {
    var design = plan.design
    design.crosses = 0
    func variation(
      _ name: String, _ change: (inout MarketSettings, inout MarketDesign) -> Void
    ) -> (String, MarketSettings, MarketDesign) {
      var (settings, design) = (plan.settings, design)
      change(&settings, &design)
      return (name, settings, design)
    }
    return [
      variation("no place") { $1.place = .none },
      variation("shared log") { $1.trainingLog = .shared },
      variation("uniform log") { $1.trainingLog = .uniform },
      variation("no exploration") { settings, _ in settings.exploration = 0 },
      variation("trained on daily") { $1.retraining = .daily },
      variation("drift") { settings, _ in settings.drift = 0.1 },
      variation("drift and a stale model") { settings, design in
        settings.drift = 0.1
        design.isStale = true
      },
    ]
  }
}
