import Random

/// Inverted dropout by counter: whether an element is dropped is a function of seed, step, layer,
/// row and column alone.
///
/// Each element has a random byte, and becomes 0 where that is below ``threshold``; otherwise it is
/// multiplied by ``scale``. A rate is thus a multiple of 1/256, the nearest one.
///
/// Bytes are drawn bit by bit, since most rates are decided by few: bit `7 − p` of the byte of element
/// (row, column) is bit `column mod 32` of word `column mod 128 / 32` of the Philox block with counter
/// `(row, column / 128 · 8 + p, step, layer)` and key `(seed's low word, seed's high word)`.
package struct Dropout: Sendable, Hashable {
  /// The probability of dropping an element (1 − the paper's keep-probability) as it was asked for.
  package let rate: Float
  /// The run's seed.
  package let seed: UInt64
  /// The training step.
  package let step: UInt32
  /// Distinguishes the layers of a network.
  package let layer: UInt32

  /// - Precondition: `rate` is in 0..<1.
  package init(rate: Float, seed: UInt64, step: UInt32, layer: UInt32) {
    precondition((0..<1).contains(rate))
    self.rate = rate
    self.seed = seed
    self.step = step
    self.layer = layer
  }

  /// Bytes below it drop their element: the nearest to `rate` · 256, but neither 0 for a rate that is
  /// not, nor 256.
  package var threshold: Int { rate > 0 ? min(max(Int((rate * 256).rounded()), 1), 255) : 0 }
  /// What kept elements are multiplied by: 1 / (1 − threshold / 256).
  package var scale: Float { 256 / Float(256 - threshold) }
}

extension Dropout {
  /// What the elements of a row are multiplied by: 0 or the scale.
  func factors(row: Int, width: Int) -> [Double] {
    let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    var planes: [SIMD4<UInt32>] = []
    return (0..<width).map { column in
      if column % 128 == 0 {
        planes = (0..<8).map { plane in
          Philox.block(
            counter: SIMD4(UInt32(row), UInt32(column / 128 * 8 + plane), step, layer), key: key)
        }
      }
      let byte = planes.reduce(0) { byte, words in
        byte << 1 | Int(words[column % 128 / 32] >> UInt32(column % 32) & 1)
      }
      return byte < threshold ? 0 : Double(scale)
    }
  }
}
