import ABTesting
import Assignment
import Foundation
import Logs
import Operators
import Support
import Training

/// The whole road from a log to a verdict, in a market whose truth is known: day 0 by popularity, the control in
/// production, an A/A test, then the control against the treatment, with models that are trained anew each day on
/// what was logged.
///
/// ```swift
/// let experiment = MarketExperiment(MarketSettings(), MarketDesign(), backend: { try … })
/// let result = try experiment.run(in: "runs/market")
/// ```
package final class MarketExperiment {
  let settings: MarketSettings
  let design: MarketDesign
  private let makeBackend: @Sendable () throws -> any Backend
  private let truth: MarketTruth

  /// - Throws: `UserError` for settings that make no market or no test.
  package init(
    _ settings: MarketSettings, _ design: MarketDesign,
    makeBackend: @escaping @Sendable () throws -> any Backend
  ) throws {
    try settings.check()
    try design.check()
    (self.settings, self.design, self.makeBackend) = (settings, design, makeBackend)
    truth = MarketTruth(settings, days: design.days)
  }

  /// Runs it, or goes on where it was stopped.
  ///
  /// - Parameters:
  ///   - path: the folder of logs, models and records.
  ///   - isServed: whether models are asked over HTTP, and not in this process: the bytes are the same.
  ///   - report: told of each day.
  package func run(
    in path: String, isServed: Bool = true, report: (MarketDay) -> Void = { _ in }
  ) throws -> MarketResult {
    let folder = try MarketFolder(
      path, MarketFolder.Definition(settings: settings, design: design))
    let backend = try makeBackend()
    let server =
      isServed ? try MarketServer(folder: "\(path)/models", makeBackend: makeBackend) : nil
    defer { try? server?.stop() }
    var days: [MarketDay] = []
    for day in 0..<design.days {
      if let record = try folder.record(of: day) {
        days.append(record)
        continue
      }
      let phase = design.phase(of: day)
      let arms = try policies(of: day, phase, folder, server, backend)
      let outcome = try DaySimulation(
        truth: truth, day: day, phase: phase, arms: arms, armOfUser: try truth.arms(of: phase)
      ).run()
      try folder.write(outcome)
      days.append(outcome.record)
      report(outcome.record)
    }
    return MarketResult(
      settings: settings, design: design, days: days,
      aa: design.aaDays > 0 ? try analysis(of: .aa, folder) : nil, ab: try analysis(of: .ab, folder)
    )
  }

  private func policies(
    of day: Int, _ phase: MarketPhase, _ folder: MarketFolder, _ server: MarketServer?,
    _ backend: any Backend
  ) throws -> [any RankingPolicy] {
    guard phase != .start else { return [PopularityPolicy()] }
    let models = DayModels(settings: settings, design: design, folder: folder, backend: backend)
    func policy(_ model: String, arm: Int) throws -> any RankingPolicy {
      let (version, path) = try models.model(model, arm: arm, of: day)
      let trained = try TrainedModel(contentsOf: path, includingOptimizer: false)
      guard let server else {
        return try ModelPolicy(model, version: version, trained, on: backend)
      }
      try server.take(model, version: version, truth: truth, day: day)
      return ServedPolicy(model, version: version, ModelInputs(trained.encoder), server)
    }
    let control = try policy(design.control, arm: 0)
    guard phase == .ab else { return [control, control] }
    return [control, try policy(design.treatment, arm: 1)]
  }

  private func analysis(of phase: MarketPhase, _ folder: MarketFolder) throws -> ABAnalysis {
    func logs(_ phase: MarketPhase) -> [LogSource] {
      design.days(of: phase).flatMap { folder.logs(of: $0, phase) }
    }
    var options = ABAnalysis.Options()
    if phase == .aa { options.repetitions = 1000 }
    return try ABAnalysis(
      .market(phase, unit: MarketColumn.user.name), of: logs(phase),
      before: phase == .ab && design.aaDays > 0 ? logs(.aa) : [],
      options: options, rejecting: RejectedRows(.stop))
  }
}

extension MarketTruth {
  /// The arm of each user: each phase deals them anew.
  func arms(of phase: MarketPhase) throws -> [Int] {
    let arms = phase.arms
    guard arms.count > 1 else { return Array(repeating: 0, count: settings.users) }
    let assignment = try ArmAssignment(
      seed: "market \(settings.seed) \(phase.rawValue)", arms: arms.map { ($0, 0.5) })
    return (0..<settings.users).map { assignment.index(of: MarketColumn.user.text($0).utf8)! }
  }
}

extension ABTest {
  /// The test of a phase, on the market's logs.
  ///
  /// - Parameter unit: nil where each impression counts as a unit.
  static func market(_ phase: MarketPhase, unit: String?) -> ABTest {
    var test = ABTest(
      unit: unit, arm: "arm",
      metrics: [Metric("CTR", .ratio, "click"), Metric("CVR", .ratio, "order", per: "click")])
    test.arms = phase.arms.map { Arm($0, 0.5) }
    test.time = .init(column: "time", format: .unix)
    // As many as there are: the end was fixed before.
    test.planned = 1
    return test
  }
}
