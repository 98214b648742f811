import Foundation

/// A number's place as waves of several lengths: its field's embedding is a sum of them.
///
/// Periodic embeddings (Gorishniy et al. 2022) have the components `sin(2πc_j·x)` and `cos(2πc_j·x)` and a linear layer
/// behind them. The layer is the field's rows of the table; x is the number's place among quantiles, u from 0 to 1; and
/// the frequencies are not learned but `ω_j = π·2^j`, from half a wave over the whole column on: what they resolve is
/// known, and rows of a table are all there is to train. The first slot has the place itself, as
/// ``PiecewiseLevels`` has.
package struct PeriodicWaves: Sendable, Equatable {
  package let knots: NumberKnots
  package let frequencies: Int

  package init(knots: [Double], frequencies: Int) {
    self.knots = NumberKnots(knots)
    self.frequencies = frequencies
  }

  /// The place's slot, and two a frequency; as many rows of the table.
  package var slots: Int { 1 + 2 * frequencies }

  /// ω_j.
  package static func frequency(_ index: Int) -> Double { .pi * Double(1 << index) }

  /// Writes a number's slots.
  ///
  /// - Parameters:
  ///   - first: the field's row of a number's place; those of the waves follow it.
  ///   - ids: [slots], with their `values`.
  func write(
    _ x: Double, first: Int32, _ ids: UnsafeMutablePointer<Int32>,
    _ values: UnsafeMutablePointer<Float>
  ) {
    let place = knots.place(of: x)
    let share = place / Double(knots.ranges)
    values[0] = Float(knots.x(ofPlace: place))
    for index in 0..<frequencies {
      let angle = Self.frequency(index) * share
      (values[1 + 2 * index], values[2 + 2 * index]) = (Float(sin(angle)), Float(cos(angle)))
    }
    for slot in 0..<slots { ids[slot] = first + Int32(slot) }
  }
}
