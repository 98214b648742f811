import Foundation
import Random
import Testing

@testable import Statistics

@Suite struct DistributionTests {
  @Test func `normal tails and quantiles agree with tables`() {
    #expect(abs(Normal.twoSided(1.959963984540054) - 0.05) < 1e-15)
    #expect(abs(Normal.upperQuantile(0.025) - 1.959963984540054) < 1e-13)
    #expect(abs(Normal.upperQuantile(0.2) - 0.8416212335729143) < 1e-13)
    #expect(abs(Normal.upperQuantile(1e-12) - 7.034483825301131) < 1e-11)
    #expect(Normal.upperQuantile(0.5) == 0 || abs(Normal.upperQuantile(0.5)) < 1e-15)
    #expect(
      Normal.upperQuantile(0.9) == -Normal.upperQuantile(0.1)
        || abs(Normal.upperQuantile(0.9) + Normal.upperQuantile(0.1)) < 1e-13)
  }

  @Test func `χ² tails agree with closed forms`() {
    for x in [0.1, 1, 2.5, 7, 30] {
      // Two degrees: an exponential; one: the square of a normal number; four: by parts.
      #expect(abs(ChiSquare.upperTail(x, degrees: 2) - exp(-x / 2)) < 1e-14)
      #expect(abs(ChiSquare.upperTail(x, degrees: 1) - erfc((x / 2).squareRoot())) < 1e-14)
      #expect(abs(ChiSquare.upperTail(x, degrees: 4) - exp(-x / 2) * (1 + x / 2)) < 1e-14)
    }
  }

  @Test func `quantiles of t undo its tails`() {
    for degrees in [1, 2.5, 7.22, 100, 1e6, 1e12] {
      for p in [0.5, 0.05, 0.001] {
        let t = StudentT.twoSidedQuantile(p, degrees: degrees)
        #expect(abs(StudentT.twoSided(t, degrees: degrees) / p - 1) < 1e-9)
      }
    }
  }

  @Test func `corrections have the values worked out for them`() {
    func isClose(_ a: [Double], _ b: [Double]) -> Bool {
      zip(a, b).allSatisfy { abs($0 - $1) < 5e-7 }
    }
    let p = [0.001, 0.013, 0.029, 0.04]
    #expect(isClose(Multiplicity.holm(p), [0.004, 0.039, 0.058, 0.058]))
    #expect(isClose(Multiplicity.benjaminiHochberg(p), [0.004, 0.026, 0.038667, 0.04]))
    #expect(
      isClose(Multiplicity.holm([0.04, 0.001, 0.029, 0.013]), [0.058, 0.004, 0.058, 0.039]))
    #expect(Multiplicity.holm([]) == [])
  }

  @Test func `the counts of a binomial distribution lie in their range as often as they should`() {
    let range = Binomial.range(trials: 1000, probability: 0.05, confidence: 0.95)
    #expect(range == 37...64)
  }

  @Test func `uniform numbers pass the test of Kolmogorov and Smirnov, others do not`() {
    var stream = RandomStream(seed: 1)
    let values = (0..<2000).map { _ in stream.uniform() }
    #expect(KolmogorovSmirnov.uniform(values).p > 0.01)
    #expect(KolmogorovSmirnov.uniform(values.map { $0 * $0 }).p < 1e-6)
  }

  @Test func `moments survive means that are millions of times larger than what scatters`() {
    var moments = JointMoments()
    for index in 0..<1000 {
      let x = Double(index % 2)
      moments.add(SIMD4(1e9 + x, 3e8 - x, 5, 1e9 + Double(index % 4 / 2)))
    }
    let variance = 250.0 / 999
    #expect(abs(moments.covariance(0, 0) / variance - 1) < 1e-9)
    #expect(abs(moments.covariance(0, 1) / variance + 1) < 1e-9)
    #expect(abs(moments.covariance(0, 3)) < 1e-6)
    #expect(abs(moments.covariance(2, 2)) < 1e-12)
    #expect(moments.covariance(1, 3) == moments.covariance(3, 1))
  }

  @Test func `individuals who become others leave no trace`() {
    var (changed, direct) = (JointMoments(), JointMoments())
    for index in 0..<50 {
      let (old, new) = (SIMD4(Double(index), 1, 0.1, 7), SIMD4(Double(index * index), 2, 0.3, 7))
      changed.add(old)
      changed.replace(old, by: new)
      direct.add(new)
    }
    for a in 0..<4 {
      for b in 0..<4 {
        #expect(abs(changed.covariance(a, b) - direct.covariance(a, b)) < 1e-9)
      }
    }
  }
}
