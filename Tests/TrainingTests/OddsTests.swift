import DeepFMKit
import Foundation
import Testing

@testable import Training

/// Odds that are multiplied so that as many clicks are predicted as there were.
@Suite struct OddsTests {
  @Test(arguments: [(Float(0.3), 3), (0.5, 100), (4, 1000), (25, 1000), (1, 57)])
  func `the factor behind labels is found`(factor: Float, rows: Int) throws {
    let probabilities = (0..<rows).map { 0.02 + 0.9 * Float($0) / Float(rows) }
    // Labels that are probabilities: as many clicks as the factor would predict.
    let labels = probabilities.map { Odds.multiplied($0, by: factor) }
    let weights = (0..<rows).map { Float($0 % 3) + 0.5 }
    #expect(abs(try #require(Odds.factor(probabilities, labels: labels)) / factor - 1) < 1e-5)
    let weighted = Odds.factor(probabilities, labels: labels, weights: weights)
    #expect(abs(try #require(weighted) / factor - 1) < 1e-5)
  }

  @Test func `probabilities at their bounds stay, and others near them give a factor`() throws {
    #expect(Odds.multiplied(0, by: 7) == 0 && Odds.multiplied(1, by: 7) == 1)
    let factor = try #require(
      Odds.factor([1e-30, 0, 1, 1e-6, 1e-6], labels: [0, 0, 1, 1, 0]))
    #expect(abs(Odds.multiplied(1e-6, by: factor) - 0.5) < 1e-3)
  }

  @Test func `there is no factor for one class or what is no probability`() {
    #expect(Odds.factor([0.1, 0.2], labels: [0, 0]) == nil)
    #expect(Odds.factor([0.1, 0.2], labels: [1, 1]) == nil)
    #expect(Odds.factor([0, 0], labels: [1, 0]) == nil)
    #expect(Odds.factor([.nan, 0.2], labels: [1, 0]) == nil)
    #expect(Odds.factor([], labels: []) == nil)
  }

  /// Half of the rows are clicked, or all but one in so many.
  private func log(_ rows: Int, oneIn: Int) -> LogSource {
    .rows(
      columns: ["click", "user"],
      (0..<rows).map { [$0 % oneIn == 0 ? "0" : "1", "u\($0 % 7)"] })
  }

  @Test func `a recalibrated model predicts so wherever its file goes`() throws {
    let (log, valid) = (log(600, oneIn: 2), log(403, oneIn: 4))
    var settings = smallConfiguration("deepfm-d")
    settings.patience = 0
    let plain = try trainOnReference(log, settings, validation: valid).model
    settings.recalibrates = true
    var told: [Float] = []
    let model = try trainOnReference(log, settings, validation: valid) {
      if case .recalibrated(let factor) = $0 { told.append(factor) }
    }.model
    let factor = try #require(model.recalibration)
    #expect(told == [factor] && factor > 1.5 && plain.recalibration == nil)
    #expect(try #require(plain.validation?.calibration) < 0.85)
    #expect(abs(try #require(model.validation?.calibration) - 1) < 1e-4)
    #expect(try #require(model.validation?.logLoss) < #require(plain.validation?.logLoss))

    let rows = try model.encoder.encode([valid], labels: .required)
    let judged = try Predictor(model, on: ReferenceBackend()).evaluate(rows)
    #expect(abs(try #require(judged.calibration) - 1) < 1e-4)
    let read = try model.bytes().withUnsafeBytes { try TrainedModel($0, named: "model") }
    #expect(read == model && read.recalibration == factor)
    let delta = try ModelDelta(from: plain, to: model)
    #expect(try delta.applied(to: plain, named: "delta") == model)
  }

  @Test func `without validation rows there is nothing to recalibrate by`() throws {
    var settings = smallConfiguration("lr")
    (settings.recalibrates, settings.validFraction) = (true, 0)
    #expect(throws: UserError.self) { try trainOnReference(log(100, oneIn: 2), settings) }
  }

  @Test func `with validation rows of one class probabilities stay`() throws {
    var settings = smallConfiguration("lr")
    settings.recalibrates = true
    var doubts: [String] = []
    let model = try trainOnReference(
      log(100, oneIn: 2), settings, validation: log(20, oneIn: 1)
    ) { if case .doubted(let text) = $0 { doubts.append(text) } }.model
    #expect(model.recalibration == nil && doubts.contains { $0.hasPrefix("recalibrate:") })
  }
}
