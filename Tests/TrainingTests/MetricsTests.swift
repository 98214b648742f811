import DeepFMKit
import Foundation
import Random
import Testing

@Suite struct MetricsTests {
  private static let areas: [(scores: [Float], labels: [Float], auc: Double)] = [
    // Four pairs of a click and a non-click, three in order.
    ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75),
    ([0.5, 0.5], [0, 1], 0.5),
    ([0.5, 0.5, 0.7], [0, 1, 1], 0.75),
    ([0.9, 0.1], [0, 1], 0),
    // Logits, with both zeros a tie: (1 + 1 + ½ + 1) / 4.
    ([-2, 0, -0.0, 3], [0, 0, 1, 1], 0.875),
  ]

  @Test(arguments: areas)
  func `AUC is the share of ordered pairs`(scores: [Float], labels: [Float], expected: Double) {
    #expect(Metrics.auc(scores, labels: labels) == expected)
  }

  @Test(arguments: [1, 2, 10, 1000])
  func `AUC equals the count over all pairs`(levels: UInt32) throws {
    var random = RandomStream(seed: 3, purpose: "auc \(levels)")
    let count = 300
    let scores = (0..<count).map { _ in Float(random.nextWord() % levels) / 7 - 1 }
    let labels = (0..<count).map { _ in Float(random.nextWord() % 2) }
    let weights = (0..<count).map { _ in Float(random.nextWord() % 4) / 2 }
    for weights in [nil, weights] {
      var (won, pairs) = (0.0, 0.0)
      for click in 0..<count where labels[click] == 1 {
        for other in 0..<count where labels[other] == 0 {
          let weight = Double((weights?[click] ?? 1) * (weights?[other] ?? 1))
          pairs += weight
          won += scores[click] > scores[other] ? weight : 0
          won += scores[click] == scores[other] ? weight / 2 : 0
        }
      }
      let auc = try #require(Metrics.auc(scores, labels: labels, weights: weights))
      #expect(abs(auc - won / pairs) < 1e-12)
    }
  }

  private static let undefined: [(scores: [Float], labels: [Float], weights: [Float]?)] = [
    ([], [], nil),
    ([0.1, 0.2], [1, 1], nil),
    ([0.1, 0.2], [0, 0], nil),
    ([0.1, 0.2], [0, 1], [1, 0]),
    ([0.1, .nan], [0, 1], nil),
  ]

  @Test(arguments: undefined)
  func `AUC is undefined without both classes`(scores: [Float], labels: [Float], weights: [Float]?)
  {
    #expect(Metrics.auc(scores, labels: labels, weights: weights) == nil)
  }

  @Test func `log loss is the weighted mean cross entropy`() {
    let loss = Metrics.logLoss([0.25, 0.5, 0.75], labels: [0, 1, 1])
    #expect(abs(loss - (-log(0.75) - log(0.5) - log(0.75)) / 3) < 1e-12)
    let weighted = Metrics.logLoss([0.25, 0.5], labels: [0, 1], weights: [3, 1])
    #expect(abs(weighted - (-3 * log(0.75) - log(0.5)) / 4) < 1e-12)
  }

  @Test func `log loss clips certainty and shows what is not a number`() {
    #expect(abs(Metrics.logLoss([Float(0)], labels: [1]) - 16.118) < 1e-3)
    #expect(abs(Metrics.logLoss([Float(1)], labels: [1]) - 1e-7) < 1e-12)
    // In double precision a certain mistake costs as much as scikit-learn says.
    #expect(abs(Metrics.logLoss([0.0], labels: [1]) - 36.0437) < 1e-3)
    #expect(abs(Metrics.logLoss([1e-50, 0.99999999991], labels: [1, 0]) - 29.5871) < 1e-3)
    #expect(Metrics.auc([0.99999999991, 0.99999999993], labels: [0, 1]) == 1)
    #expect(Metrics.logLoss([Float.nan], labels: [1]).isNaN)
    #expect(Metrics.logLoss([Float](), labels: []) == 0)
  }

  @Test func `calibration is predicted over actual clicks`() {
    #expect(Metrics.calibration([0.5, 0.5, 0.5], labels: [0, 0, 1]) == 1.5)
    #expect(Metrics.calibration([0.5, 0.25], labels: [1, 1], weights: [1, 2]) == 1.0 / 3)
    #expect(Metrics.calibration([0.5], labels: [0]) == nil)
  }

  @Test func `the average click rate has a normalized entropy of one`() throws {
    let labels: [Float] = [0, 0, 0, 1]
    let average = try #require(
      Metrics.normalizedEntropy([0.25, 0.25, 0.25, 0.25], labels: labels))
    #expect(abs(average - 1) < 1e-12)
    let better = try #require(Metrics.normalizedEntropy([0.1, 0.1, 0.1, 0.7], labels: labels))
    #expect(better < 1)
    #expect(Metrics.normalizedEntropy([0.3], labels: [1]) == nil)
  }
}
