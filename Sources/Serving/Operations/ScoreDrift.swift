import Foundation
import Synchronization
import Training

/// How far the scores of the last requests are from those of the run's test rows: the population stability
/// index Σ (a − e)·ln(a/e) over the bins of the run's reliability curve, a the share of the scores served, e
/// that of the test rows. Below 0.1 the scores are taken to be alike, over 0.25 to have shifted.
final class ScoreDrift: Sendable {
  /// How many scores are looked at together.
  static let window = 10_000

  private struct State {
    var counts: [Int]
    var seen = 0
    var index: Double?
  }

  /// Between the bins.
  private let edges: [Double]
  private let expected: [Double]
  private let state: Mutex<State>

  /// - Parameter bins: of the test rows' scores, with about as many rows each; nil for too few of them.
  init?(_ bins: [Metrics.ReliabilityBin]) {
    let weight = bins.reduce(0) { $0 + $1.weight }
    guard bins.count >= 5, weight > 0 else { return nil }
    edges = zip(bins, bins.dropFirst()).map { ($0.predicted + $1.predicted) / 2 }
    expected = bins.map { $0.weight / weight }
    state = Mutex(State(counts: [Int](repeating: 0, count: bins.count)))
  }

  /// The index of the last whole window; nil before there is one.
  var index: Double? { state.withLock { $0.index } }

  func add(_ probabilities: [Float]) {
    state.withLock { state in
      for probability in probabilities {
        let bin = edges.firstIndex { Double(probability) <= $0 } ?? edges.count
        state.counts[bin] += 1
      }
      state.seen += probabilities.count
      guard state.seen >= Self.window else { return }
      state.index = zip(state.counts, expected).reduce(0) { sum, bin in
        // A bin without scores counts as half a score: its logarithm has to be one.
        let actual = max(Double(bin.0), 0.5) / Double(state.seen)
        return sum + (actual - bin.1) * log(actual / bin.1)
      }
      state.counts = [Int](repeating: 0, count: state.counts.count)
      state.seen = 0
    }
  }
}
