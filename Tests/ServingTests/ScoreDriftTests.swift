import Foundation
import Random
import Support
import Testing
import Training

@testable import Serving

@Suite struct `The drift of scores` {
  /// The reliability curve of test rows whose scores are like those that `draw` gives.
  private func bins(_ draw: () -> Float) -> [Metrics.ReliabilityBin] {
    let scores = (0..<50_000).map { _ in draw() }
    return Metrics.reliability(
      scores, labels: scores.map { $0 > 0.5 ? 1 : 0 }, weights: nil, bins: 15)
  }

  /// Scores as of click probabilities: their logits are normal.
  private struct Scores {
    var stream: RandomStream
    var mean: Double
    var deviation = 1.0

    mutating func next() -> Float {
      let uniform = (0..<12).reduce(0.0) { sum, _ in sum + Double(stream.nextWord()) / 0x1p32 }
      return Float(1 / (1 + exp(-(mean + deviation * (uniform - 6)))))
    }
  }

  private func index(after windows: Int, _ scores: inout Scores, _ drift: ScoreDrift) -> Double {
    for _ in 0..<windows * ScoreDrift.window / 100 {
      drift.add((0..<100).map { _ in scores.next() })
    }
    return drift.index!
  }

  @Test func `is told of a stream that has shifted, and not of one that has not`() throws {
    var training = Scores(stream: RandomStream(seed: 1), mean: -2)
    let drift = try #require(ScoreDrift(bins { training.next() }))
    #expect(drift.index == nil)
    var still = Scores(stream: RandomStream(seed: 2), mean: -2)
    for _ in 0..<20 { #expect(index(after: 1, &still, drift) < 0.05) }
    var shifted = Scores(stream: RandomStream(seed: 3), mean: -1.4)
    #expect(index(after: 1, &shifted, drift) > 0.25)
    var wider = Scores(stream: RandomStream(seed: 4), mean: -2, deviation: 2)
    #expect(index(after: 1, &wider, drift) > 0.25)
    // A model that has begun to say the same of everybody.
    drift.add([Float](repeating: 0.2, count: ScoreDrift.window))
    #expect(drift.index! > 1)
    // And back again.
    #expect(index(after: 1, &still, drift) < 0.05)
  }
}
