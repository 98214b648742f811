import Foundation
import Logs
import Testing

@testable import ABTesting

@Suite struct `A log of another policy` {
  private let text = """
    item,place,click,p,q,model,sum
    a,1,1,0.25,0.5,0.5,0.4
    b,1,0,0.5,0.25,0.25,0.2
    a,2,true,0.05,1,0.75,0.6
    """

  private func evaluate(
    _ text: String, _ target: OffPolicyColumns.Target, hasModel: Bool = true
  ) throws -> OffPolicyEvaluation {
    var evaluator = OffPolicyEvaluator(hasModel: hasModel, repetitions: 50)
    try evaluator.add(
      [.text(text, name: "log.csv")],
      OffPolicyColumns(
        reward: "click", propensity: "p", target: target,
        model: hasModel ? ("model", "sum") : nil), rejecting: RejectedRows(.stop))
    return try #require(evaluator.result)
  }

  @Test func `says what its rounds say in memory`() throws {
    let found = try evaluate(text, .column("q"))
    let same = OffPolicyEvaluation(
      [
        OffPolicyRound(reward: 1, weight: 2, predicted: 0.5, expected: 0.4),
        OffPolicyRound(reward: 0, weight: 0.5, predicted: 0.25, expected: 0.2),
        OffPolicyRound(reward: 1, weight: 20, predicted: 0.75, expected: 0.6),
      ], hasModel: true, repetitions: 50)
    #expect(found.values.map(\.value) == same.values.map(\.value))
    #expect(found.values.map(\.upper) == same.values.map(\.upper))
    #expect(found.logged == 2.0 / 3)
  }

  @Test func `looks a policy up in a table, and what is not there is never shown`() throws {
    let table = try PolicyTable(
      .text("place,item,probability\n1,a,0.5\n2,a,1\n", name: "policy.csv"))
    let found = try evaluate(text, .table(table), hasModel: false)
    #expect(found.values.map(\.estimator) == [.ips, .snips])
    #expect(abs(found.values[0].value - 22.0 / 3) < 1e-12)
    #expect(abs(found.meanWeight - 22.0 / 3) < 1e-12)
  }

  @Test(arguments: [
    ("a,1,1,0,0.5,0,0", "log.csv:2:7", "above 0"), ("a,1,x,0.1,0.5,0,0", "log.csv:2:5", "a number"),
    ("a,1,1,0.1,1.5,0,0", "log.csv:2:11", "0 to 1"),
  ])
  func `ends at a cell that is none, with its place`(
    _ row: String, _ place: String, _ expected: String
  ) throws {
    let error = #expect(throws: (any Error).self) {
      try evaluate("item,place,click,p,q,model,sum\n\(row)\n", .column("q"))
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(place) && text.contains(expected), "\(text)")
  }

  @Test func `needs a table with each key once, and probabilities`() {
    for text in ["item,share\na,1\n", "item,probability\na,2\n", "item,probability\na,1\na,0\n"] {
      #expect(throws: (any Error).self) { try PolicyTable(.text(text, name: "policy.csv")) }
    }
  }
}

@Suite struct `A test that is planned by a log` {
  private func plans(_ log: MadeUpLog, lift: Double) throws -> [MetricPlan] {
    let test = try ABTest(
      yaml: """
        unit: user
        arm: arm
        time: day
        metrics:
          ctr: {ratio: click}
          revenue: {mean: spend}
        """, name: "test.yaml")
    return try MetricPlan.plans(
      test, of: [log.source], lift: lift, power: Power(), rejecting: RejectedRows(.stop))
  }

  @Test func `shows what its analysis could show`() throws {
    let log = MadeUpLog()
    let plan = try plans(log, lift: 0.1)
    let last = try #require(plan[0].lengths.last)
    #expect(plan[0].lengths.map(\.days) == [1, 2, 3, 4, 5])
    #expect(last.units == log.users)
    let analysis = try ABAnalysis(
      ABTest(
        yaml: "unit: user\narm: arm\ntime: day\nmetrics:\n  ctr: {ratio: click}\n",
        name: "test.yaml"),
      of: [log.source], rejecting: RejectedRows(.stop))
    let comparison = analysis.metrics[0].comparisons[0]
    // The arms' variances instead of the common one.
    let (found, expected) = (
      try #require(last.detectableLift), try #require(comparison.detectableLift)
    )
    #expect(abs(found / expected - 1) < 0.1)
    #expect((last.designEffect ?? 0) > 1)
    let shown = plan[0].lengths.compactMap(\.detectableLift)
    #expect(shown == shown.sorted(by: >))
  }

  @Test func `takes the first days that show the lift, or says how many more`() throws {
    let plan = try plans(MadeUpLog(), lift: 0.1)[0]
    let shown = try #require(plan.lengths[2].detectableLift)
    let within = try plans(MadeUpLog(), lift: shown * 1.001)[0]
    #expect(within.daysNeeded == 3 && !within.isBeyondLog)
    let beyond = try plans(MadeUpLog(), lift: 0.001)[0]
    #expect(beyond.isBeyondLog && (beyond.daysNeeded ?? 0) > 100)
  }
}
