import DeepFMKit
import Testing

@Suite struct PlateauTests {
  /// Feeds the numbers one after the other.
  private func run(
    _ values: [Double], patience: Int = 2, drop: Float = 0.1, floor: Float = 1e-3
  ) -> (verdicts: [Plateau.Verdict], factors: [Float], best: Double?) {
    var plateau = Plateau(patience: patience, drop: drop, floor: floor)
    var verdicts: [Plateau.Verdict] = []
    var factors: [Float] = []
    for value in values {
      verdicts.append(plateau.record(value))
      factors.append(plateau.rateFactor)
    }
    return (verdicts, factors, plateau.best)
  }

  @Test func `every failure lowers the rate and patience ends the run`() {
    let (verdicts, factors, best) = run([0.7, 0.8, 0.79, 0.81, 0.80, 0.805])
    #expect(verdicts == [.improved, .improved, .failed, .improved, .failed, .exhausted])
    #expect(factors == [1, 1, 0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1 * 0.1].map { max($0, 1e-3) })
    #expect(best == 0.81)
  }

  @Test func `an improvement starts patience anew`() {
    let (verdicts, _, _) = run([0.5, 0.4, 0.6, 0.4, 0.7, 0.4], patience: 2)
    #expect(verdicts == [.improved, .failed, .improved, .failed, .improved, .failed])
  }

  @Test func `the rate stops at its floor`() {
    let (_, factors, _) = run([1, 0, 0, 0, 0], patience: 9, drop: 0.1, floor: 0.05)
    #expect(factors == [1, 0.1, 0.05, 0.05, 0.05])
  }

  @Test func `a gain of noise is none`() {
    #expect(run([0.5, 0.5 + 1e-7, 0.5 + 1e-5]).verdicts == [.improved, .failed, .improved])
  }

  @Test func `without patience nothing ends the run`() {
    #expect(!run([1, 0, 0, 0, 0, 0], patience: 0).verdicts.contains(.exhausted))
  }

  @Test func `what is not a number is a failure`() {
    #expect(run([.nan, 0.5, .nan]).verdicts == [.failed, .improved, .failed])
  }
}
