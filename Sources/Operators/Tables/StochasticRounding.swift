import OpenCL
import Random

/// How a step's new numbers of a table, and of its optimizer's state, become bfloat16: each the one or the other of its
/// neighbours, at random, so that it is right on average.
///
/// The random bits are a function of seed, step, parameter, array and place alone: neither threads nor the sizes of
/// work-groups change them. `entries.cl` has the same function.
struct StochasticRounding {
  /// Of seed, step and parameter, as kernels are told.
  let key: UInt32

  /// - Parameters:
  ///   - seed: the run's.
  ///   - step: the step that is made, from 1.
  ///   - parameter: its number in the graph.
  init(seed: UInt64, step: Int, parameter: Int) {
    let words = Philox.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: parameter), 0, Self.purpose),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    key = words.x
  }

  /// So that no other use of the seed has the same words.
  private static let purpose: UInt32 = 0xBF16_BF16

  /// The 16 random bits of a number.
  ///
  /// - Parameters:
  ///   - place: its number in the array: row · columns + column.
  ///   - array: 0 for the weights, 1 for the first array of the optimizer's, and so on.
  func bits(at place: Int, array: Int) -> UInt16 {
    let key = key &+ UInt32(array) &* 0x85EB_CA6B
    var x = UInt32(truncatingIfNeeded: place) &* 0x9E37_79B1 &+ key
    x = (x ^ x >> 16) &* 0x7FEB_352D
    x = (x ^ x >> 15) &+ key
    x = x &* 0x846C_A68B
    return UInt16(truncatingIfNeeded: (x ^ x >> 16) >> 16)
  }

  /// Rounds numbers that follow each other.
  ///
  /// - Parameter first: the place of the first of them.
  func round(_ numbers: UnsafeMutableBufferPointer<Double>, from first: Int, array: Int) {
    for index in numbers.indices {
      let bits = bits(at: first + index, array: array)
      numbers[index] = Double(Float(BFloat16(Float(numbers[index]), random: bits)))
    }
  }
}
