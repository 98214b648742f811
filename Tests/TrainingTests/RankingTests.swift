import DeepFMKit
import Foundation
import Random
import Testing

/// Scores on a few levels, so that many are equal, with labels and weights.
private func sample(_ rows: Int, levels: UInt32) -> (
  scores: [Float], labels: [Float], weights: [Float]
) {
  var random = RandomStream(seed: 5, purpose: "ranking \(levels)")
  return (
    (0..<rows).map { _ in Float(random.nextWord() % levels) / Float(levels) },
    (0..<rows).map { _ in Float(random.nextWord() % 2) },
    (0..<rows).map { _ in Float(random.nextWord() % 4) / 2 }
  )
}

@Suite struct RankingTests {
  @Test(arguments: [1, 3, 1000] as [UInt32])
  func `the area under the ROC points is the AUC`(levels: UInt32) throws {
    let (scores, labels, weights) = sample(200, levels: levels)
    let ranking = Ranking(scores, labels: labels, weights: weights)
    let points = ranking.rocCurve()
    var area = 0.0
    for (left, right) in zip(points, points.dropFirst()) {
      let width = right.falsePositives - left.falsePositives
      area += width * (right.truePositives + left.truePositives) / 2
    }
    #expect(abs(area - (try #require(ranking.auc))) < 1e-12)
    #expect(points.first.map { [$0.falsePositives, $0.truePositives] } == [0, 0])
    #expect(points.last.map { [$0.falsePositives, $0.truePositives] } == [1, 1])
  }

  @Test func `a thinned curve keeps its ends and its limit`() {
    let (scores, labels, _) = sample(5000, levels: 5000)
    let points = Ranking(scores, labels: labels).rocCurve(limit: 100)
    #expect((50...101).contains(points.count))
    #expect(points.last.map { [$0.falsePositives, $0.truePositives] } == [1, 1])
  }

  @Test func `average precision is the mean precision at the clicks`() throws {
    // Clicks in places 1 and 3: precisions 1 and 2/3.
    let ranking = Ranking([0.9, 0.8, 0.7, 0.6], labels: [1, 0, 1, 0])
    let found = try #require(ranking.averagePrecision)
    #expect(abs(found - 5.0 / 6) < 1e-15)
    // Equal scores are shown together: the precision of all.
    #expect(Ranking([0.5, 0.5, 0.5, 0.5], labels: [1, 0, 0, 0]).averagePrecision == 0.25)
    #expect(Ranking([0.5], labels: [0]).averagePrecision == nil)
  }

  @Test func `the grouped AUC weights groups by their rows and leaves out one class`() throws {
    let grouped = try #require(
      Metrics.groupedAUC(
        [0.1, 0.9, 0.9, 0.1, 0.5, 0.2, 0.7], labels: [0, 1, 0, 1, 1, 1, 1],
        groups: ["a", "a", "b", "b", "b", "c", "c"]))
    // a: 1 over two rows; b: 0 over three; c has clicks only.
    #expect(abs(try #require(grouped.value) - 2.0 / 5) < 1e-15)
    #expect(grouped.groups == 2 && grouped.allGroups == 3)
    #expect(abs(grouped.share - 5.0 / 7) < 1e-15)
    let none = Metrics.groupedAUC([0.1, 0.2], labels: [1, 1], groups: [1, 2])
    #expect(none?.value == nil && none?.groups == 0)
    #expect(Metrics.groupedAUC([Float.nan], labels: [1], groups: [1]) == nil)
  }

  @Test func `a calibrated model lies on the diagonal`() throws {
    let scores: [Float] = [0.25, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75]
    let labels: [Float] = [0, 0, 0, 1, 1, 1, 1, 0]
    for binning in [Metrics.Binning.width, .rows] {
      let bins = Metrics.reliability(scores, labels: labels, bins: 2, by: binning)
      #expect(bins.map(\.predicted) == [0.25, 0.75])
      #expect(bins.map(\.clicked) == [0.25, 0.75])
      #expect(Metrics.expectedCalibrationError(bins) == 0)
    }
    #expect(Metrics.reliability([1.5], labels: [1]).isEmpty)
    #expect(Metrics.reliability([Float.nan], labels: [1]).isEmpty)
    #expect(Metrics.expectedCalibrationError([]) == nil)
    // Weights count, and rows without weight make no bin.
    let weighted = Metrics.reliability(
      [0.2, 0.2, 0.9], labels: [1, 0, 1], weights: [3, 1, 0], bins: 10, by: .width)
    #expect(weighted.map(\.clicked) == [0.75] && weighted.map(\.weight) == [4])
  }

  @Test func `sums of parts are the sum of the whole`() throws {
    let (scores, labels, weights) = sample(100, levels: 7)
    var whole = LossSums()
    whole.add(scores, labels: labels, weights: weights)
    var (first, second) = (LossSums(), LossSums())
    first.add(Array(scores[..<40]), labels: Array(labels[..<40]), weights: Array(weights[..<40]))
    second.add(Array(scores[40...]), labels: Array(labels[40...]), weights: Array(weights[40...]))
    first.add(second)
    #expect(abs(try #require(first.logLoss) - (try #require(whole.logLoss))) < 1e-12)
    #expect(first.rows == whole.rows)
  }

  private static let degenerate:
    [(scores: [Float], labels: [Float], weights: [Float]?, Metrics.Undefined?)] = [
      ([], [], nil, .noRows),
      ([0.5], [0], nil, .noClicks),
      ([0.5], [1], nil, .onlyClicks),
      ([0.5, 0.5], [0, 1], [0, 0], .noWeight),
      ([0.5, .nan], [0, 1], nil, .notANumber),
      ([0.5, 0.5], [0, 1], nil, nil),
    ]

  @Test(arguments: degenerate)
  func `an evaluation says why it is incomplete`(
    scores: [Float], labels: [Float], weights: [Float]?, reason: Metrics.Undefined?
  ) {
    let evaluation = Evaluation(probabilities: scores, labels: labels, weights: weights)
    #expect(evaluation.undefined == reason)
    #expect((evaluation.auc == nil) == (reason != nil))
  }
}
