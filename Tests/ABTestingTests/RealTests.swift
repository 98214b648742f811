import Foundation
import Logs
import Testing

@testable import ABTesting

/// Public tests with known results, where their files are at hand (`DEEPFM_DATA`, or `../shared/data`).
private let folder: String? = {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  let path =
    (ProcessInfo.processInfo.environment["DEEPFM_DATA"] ?? root + "/../shared/data") + "/ab-tests"
  return FileManager.default.fileExists(atPath: path) ? path : nil
}()

@Suite(.enabled(if: folder != nil)) struct RealTests {
  private func analyze(
    _ yaml: String, _ file: String, _ policy: RejectionPolicy = .stop
  ) throws -> ABAnalysis {
    try ABAnalysis(
      ABTest(yaml: yaml, name: "test.yaml"), of: [.file("\(folder ?? "")/\(file)")],
      rejecting: RejectedRows(policy))
  }

  /// The z-test of two shares of an analysis.
  private func z(_ analysis: ABAnalysis, _ metric: Int, _ arm: Int, against control: Int = 0) throws
    -> Double
  {
    let (a, b) = (
      try #require(analysis.metrics[metric].arms[control]),
      try #require(analysis.metrics[metric].arms[arm])
    )
    func trials(_ arm: ArmStatistic) -> (Double, Double) {
      (arm.value * Double(arm.units), Double(arm.units))
    }
    return Contrast.proportions(trials(b), against: trials(a)).z
  }

  @Test func `Hillstrom's e-mails have the results worked out for them`() throws {
    let analysis = try analyze(
      """
      arm: segment
      arms: {No E-Mail: 1, Mens E-Mail: 1, Womens E-Mail: 1}
      metrics:
        visit: {proportion: visit}
        conversion: {proportion: conversion}
        spend: {mean: spend}
      """, "hillstrom.csv.gz")
    #expect(analysis.units == 64_000 && isClose(analysis.ratio.p, 0.9037, 1e-4))
    let visit = analysis.metrics[0]
    #expect(isClose(visit.arms[0]?.value, 0.106167, 1e-6))
    #expect(isClose(visit.arms[1]?.value, 0.182757, 1e-6))
    #expect(isClose(visit.comparisons[0].contrast?.lift?.value, 0.721, 1e-3))
    #expect(isClose(try z(analysis, 0, 1), 22.4860, 1e-4))
    #expect(isClose(try z(analysis, 1, 1), 7.3851, 1e-4))
    #expect(isClose(try z(analysis, 0, 2), 13.9492, 1e-4))
    #expect(isClose(try z(analysis, 1, 2), 3.7796, 1e-4))
    #expect(isClose(try z(analysis, 0, 1, against: 2), 8.6846, 1e-4))
    #expect(isClose(try z(analysis, 1, 1, against: 2), 3.7126, 1e-4))
    let conversion = analysis.metrics[1]
    #expect(isClose(conversion.arms[0]?.value, 0.005726, 1e-6))
    #expect(isClose(conversion.arms[1]?.value, 0.012531, 1e-6))
    #expect(isClose(conversion.comparisons[0].contrast?.lift?.value, 1.188, 1e-3))
    let spend = analysis.metrics[2].comparisons
    #expect(
      isClose(spend[0].contrast?.t, 5.30014, 1e-5) && isClose(spend[1].contrast?.t, 3.25637, 1e-5))
    #expect(isClose(spend[0].contrast?.p, 1.16e-7, 1e-9))
    #expect(visit.comparisons.allSatisfy { $0.verdict == .better })
  }

  @Test func `Hillstrom's history takes little out of visits`() throws {
    // Rows of the third arm are passed over.
    let analysis = try analyze(
      """
      arm: segment
      arms: {No E-Mail: 1, Mens E-Mail: 1}
      metrics:
        visit: {proportion: visit, covariate: history}
      """, "hillstrom.csv.gz", RejectionPolicy(.skip))
    let covariate = try #require(analysis.metrics[0].covariate)
    #expect(isClose(covariate.theta, 9.134195e-05, 1e-11))
    #expect(isClose((1 - covariate.varianceRatio).squareRoot(), 0.0667, 1e-4))
  }

  @Test func `Cookie Cats' gates have the results worked out for them`() throws {
    let analysis = try analyze(
      """
      unit: userid
      arm: version
      metrics:
        day 1: {proportion: retention_1}
        day 7: {proportion: retention_7}
      """, "cookie-cats.csv.gz")
    #expect(analysis.arms.map(\.units) == [44_700, 45_489])
    #expect(
      isClose(analysis.ratio.chiSquare, 6.902405, 1e-6) && isClose(analysis.ratio.p, 0.008608, 1e-6)
    )
    #expect(!analysis.isBroken)
    #expect(isClose(-(try z(analysis, 0, 1)), 1.78409, 1e-5))
    #expect(isClose(-(try z(analysis, 1, 1)), 3.16436, 1e-5))
    #expect(analysis.metrics[1].comparisons[0].verdict == .worse)
  }
}
