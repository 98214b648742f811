import DeepFMKit
import Testing

/// Which epoch is the best, and whether there is progress.
@Suite struct StandingTests {
  private func epoch(_ auc: Double?, _ loss: Double) -> Evaluation {
    var evaluation = Evaluation(probabilities: [0.5, 0.5], labels: [0, 1])
    (evaluation.auc, evaluation.logLoss) = (auc, loss)
    return evaluation
  }

  /// The epoch that is the best at the end, counted from 0, and which made progress.
  private func run(
    _ monitor: Monitor, clicks: Int = 400, rows: Int = 4000, _ epochs: [(Double, Double)]
  ) -> (best: Int?, progress: [Bool]) {
    var standing = Standing(monitor, clicks: clicks, rows: rows)
    var best: Int?
    let progress = epochs.enumerated().map { index, metrics in
      let verdict = standing.record(epoch(metrics.0, metrics.1))
      if verdict.isBest { best = index }
      return verdict.isProgress
    }
    return (best, progress)
  }

  @Test func `a single number has to exceed its best by more than noise`() {
    let gains = run(.auc, [(0.5, 1), (0.5 + 1e-7, 0.5), (0.5 + 1e-5, 2)])
    #expect(gains.progress == [true, false, true] && gains.best == 2)
    let losses = run(.logLoss, [(0.5, 1), (0.9, 1.5), (0.5, 0.5)])
    #expect(losses.progress == [true, false, true] && losses.best == 2)
    #expect(run(.auc, [(.nan, 1), (0.5, 1), (.nan, 1)]).progress == [false, true, false])
  }

  @Test func `a flat AUC with a falling log loss goes on, and ends with the last`() {
    // As LR did: an AUC of .864 throughout, and a log loss far from its end.
    let flat = run(
      .aucThenLogLoss, [(0.864, 0.386), (0.8639, 0.351), (0.8641, 0.349), (0.864, 0.33)])
    #expect(flat.progress == [true, true, true, true] && flat.best == 3)
  }

  @Test func `an AUC beyond a tie wins whatever the log loss`() {
    let gain = run(.aucThenLogLoss, [(0.80, 0.28), (0.81, 0.30), (0.79, 0.27)])
    #expect(gain.best == 1)
    #expect(gain.progress == [true, true, true])
  }

  @Test func `the best stays within a tie of the highest AUC`() {
    // Each is a tie with the one before, and the last two are none with the first.
    let creeping = (0..<8).map { (0.80 - 0.0005 * Double($0), 0.30 - 0.01 * Double($0)) }
    let best = run(.aucThenLogLoss, creeping).best
    #expect(best == 1 || best == 2)
  }

  @Test func `what predicts worse than the click rate alone is not the best for its AUC`() {
    // LR on rare clicks: 27 among 6000 rows, and a LogLoss of .0341 by their rate alone.
    var standing = Standing(.aucThenLogLoss, clicks: 27, rows: 6000)
    let epochs = [(0.475, 4.98), (0.439, 1.15), (0.452, 1.004), (0.445, 1.003), (0.52, 2.0)]
    let best = epochs.map { auc, entropy in
      var evaluation = epoch(auc, 0.0341 * entropy)
      evaluation.normalizedEntropy = entropy
      return standing.record(evaluation).isBest
    }
    #expect(best == [true, true, true, false, false])
  }

  @Test func `more validation rows tell smaller differences apart`() {
    let epochs = [(0.8000, 0.28), (0.8004, 0.29)]
    #expect(run(.aucThenLogLoss, clicks: 400, rows: 4000, epochs).best == 0)
    #expect(run(.aucThenLogLoss, clicks: 40_000, rows: 400_000, epochs).best == 1)
  }

  @Test func `gains below noise are no progress, but add up`() {
    let creeping = (0..<40).map { (0.8, 0.28 - 2e-5 * Double($0)) }
    let progress = run(.aucThenLogLoss, creeping).progress
    #expect(!progress[1] && progress[2...].contains(true) && progress[2...].contains(false))
  }
}
