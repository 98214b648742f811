import DeepFMKit
import Testing

/// When the rate drops and when training ends.
@Suite struct PlateauTests {
  /// Feeds whether epochs made progress, one after the other.
  private func run(
    _ progress: [Bool], patience: Int = 2, dropPatience: Int = 1, drop: Float = 0.1,
    floor: Float = 1e-3
  ) -> (verdicts: [Plateau.Verdict], factors: [Float]) {
    var plateau = Plateau(patience: patience, dropPatience: dropPatience, drop: drop, floor: floor)
    var verdicts: [Plateau.Verdict] = []
    var factors: [Float] = []
    for progress in progress {
      verdicts.append(plateau.record(progress: progress))
      factors.append(plateau.rateFactor)
    }
    return (verdicts, factors)
  }

  @Test func `every failure lowers the rate and patience ends the run`() {
    let (verdicts, factors) = run([true, true, false, true, false, false])
    #expect(verdicts == [.improved, .improved, .failed, .improved, .failed, .exhausted])
    #expect(factors == [1, 1, 0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1 * 0.1].map { max($0, 1e-3) })
  }

  @Test func `progress starts patience anew`() {
    let (verdicts, _) = run([true, false, true, false, true, false])
    #expect(verdicts == [.improved, .failed, .improved, .failed, .improved, .failed])
  }

  @Test func `a patient rate waits for failures in a row`() {
    let (verdicts, factors) = run(
      [true, false, true, false, false, false, false], patience: 4, dropPatience: 2)
    #expect(factors == [1, 1, 1, 1, 0.1, 0.1, 0.1 * 0.1])
    #expect(verdicts.last == .exhausted && !verdicts.dropLast().contains(.exhausted))
  }

  @Test func `the rate stops at its floor`() {
    let (_, factors) = run([true, false, false, false, false], patience: 9, floor: 0.05)
    #expect(factors == [1, 0.1, 0.05, 0.05, 0.05])
  }

  @Test func `without patience nothing ends the run`() {
    #expect(
      !run([true] + [Bool](repeating: false, count: 9), patience: 0).verdicts.contains(.exhausted))
  }
}
