/// The upper half of a float: its sign, its exponent and 8 bits of its significand.
package struct BFloat16: BitwiseCopyable, Sendable, Hashable {
  /// The 16 bits.
  package let bits: UInt16

  /// - Parameter bits: those of a float's upper half.
  package init(bits: UInt16) { self.bits = bits }

  /// The nearest to a float, of two the even one; what is no number stays none.
  package init(nearest value: Float) {
    let word = value.bitPattern
    self.init(value, adding: 0x7FFF + (word >> 16 & 1))
  }

  /// One of the two neighbours of a float, if the 16 bits are random the farther one from 0 as often as the float is far
  /// on the way to it; the float itself where it is one of these numbers. What is no number stays none, infinity stays.
  package init(_ value: Float, random: UInt16) { self.init(value, adding: UInt32(random)) }

  /// Cuts a float off after something has been added to its lower half.
  private init(_ value: Float, adding addend: UInt32) {
    let word = value.bitPattern
    let upper = value.isNaN ? word >> 16 | 0x40 : (word + addend) >> 16
    self.init(bits: UInt16(truncatingIfNeeded: upper))
  }
}

extension Float {
  /// The same number.
  package init(_ number: BFloat16) { self.init(bitPattern: UInt32(number.bits) << 16) }
}
