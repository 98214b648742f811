import Foundation

/// A sequence of random numbers drawn from one Philox key: a seed, and a word that says what the
/// numbers are for, so that two uses of one seed never share numbers.
package struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private let purpose: UInt64
  private var index: UInt64 = 0
  private var words: SIMD4<UInt32> = .zero

  /// - Parameters:
  ///   - seed: the run's seed.
  ///   - purpose: distinguishes the streams of one seed, for instance an epoch's number.
  package init(seed: UInt64, purpose: UInt64 = 0) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.purpose = purpose
  }

  /// - Parameters:
  ///   - seed: the run's seed.
  ///   - purpose: distinguishes the streams of one seed, for instance a parameter's name.
  package init(seed: UInt64, purpose: String) {
    // FNV-1a: Swift's own hash changes from run to run.
    let hash = purpose.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    self.init(seed: seed, purpose: hash)
  }

  /// The next 32 random bits.
  package mutating func nextWord() -> UInt32 {
    let lane = Int(index & 3)
    if lane == 0 { words = block(index >> 2) }
    index += 1
    return words[lane]
  }

  /// The stream from `count` words further on: parts of one sequence can be drawn in any order.
  package func skipping(_ count: Int) -> RandomStream {
    var stream = self
    stream.index += UInt64(count)
    if stream.index & 3 != 0 { stream.words = block(stream.index >> 2) }
    return stream
  }

  private func block(_ block: UInt64) -> SIMD4<UInt32> {
    Philox.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
        UInt32(truncatingIfNeeded: purpose), UInt32(truncatingIfNeeded: purpose >> 32)),
      key: key)
  }

  package mutating func next() -> UInt64 {
    UInt64(nextWord()) << 32 | UInt64(nextWord())
  }

  /// A number in the open interval (0, 1), never 0 or 1, with 24 bits.
  package mutating func uniform() -> Double {
    (Double(nextWord() >> 8) + 0.5) / 16_777_216
  }

  /// Two independent numbers of the normal distribution, by the transform of Box and Muller (1958); of two words.
  ///
  /// - Parameter deviation: their standard deviation; the mean is 0.
  package mutating func normalPair(deviation: Double = 1) -> (Double, Double) {
    let radius = deviation * (-2 * log(uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    return (radius * cos(angle), radius * sin(angle))
  }
}
