import Glibc

/// A sum of finite doubles without rounding: the same whatever their order and whoever added them.
///
/// A fixed-point number as wide as all doubles, in overlapping chunks: chunk i counts units of
/// 2^(32 i − 1074) and may run over its 32 bits for a while before its carry is passed on (Neal,
/// "Fast exact summation using small and large superaccumulators", 2015).
struct ExactSum: Sendable, Equatable {
  private static let chunkCount = 68
  /// Each addition brings a chunk at most 2^53.
  private static let additionsPerCarry = 512

  private var chunks = [Int64](repeating: 0, count: chunkCount)
  private var additions = 0

  mutating func add(_ x: Double) {
    let exponent = Int(x.exponentBitPattern)
    let hidden: UInt64 = exponent == 0 ? 0 : 1 << 52
    let mantissa = Int64(x.significandBitPattern | hidden)
    let shift = max(exponent - 1, 0)
    let (chunk, bits) = (shift >> 5, Int64(shift & 31))
    let low = mantissa << bits & 0xFFFF_FFFF
    let high = mantissa >> (32 - bits)
    let isNegative = x.sign == .minus
    chunks[chunk] += isNegative ? -low : low
    chunks[chunk + 1] += isNegative ? -high : high
    additions += 1
    if additions == Self.additionsPerCarry { carry() }
  }

  mutating func add(_ other: ExactSum) {
    var other = other
    carry()
    other.carry()
    for chunk in chunks.indices { chunks[chunk] += other.chunks[chunk] }
    carry()
  }

  /// Leaves each chunk but the last, which has the sign, within its 32 bits.
  private mutating func carry() {
    for chunk in 0..<Self.chunkCount - 1 {
      chunks[chunk + 1] += chunks[chunk] >> 32
      chunks[chunk] &= 0xFFFF_FFFF
    }
    additions = 0
  }

  /// Its chunks, from which ``init(chunks:)`` makes it again.
  var carried: [Int64] {
    var sum = self
    sum.carry()
    return sum.chunks
  }

  init() {}

  /// - Parameter chunks: as ``carried``; nil where they are none.
  init?(chunks: [Int64]) {
    guard chunks.count == Self.chunkCount else { return nil }
    self.chunks = chunks
  }

  /// The sum as two doubles, the second some 2^-53 of the first.
  var value: DoubleDouble {
    var magnitude = self
    magnitude.carry()
    let isNegative = magnitude.chunks.last! < 0
    if isNegative {
      for chunk in magnitude.chunks.indices { magnitude.chunks[chunk].negate() }
      magnitude.carry()
    }
    var sum = DoubleDouble(0)
    for (index, chunk) in magnitude.chunks.enumerated().reversed() where chunk != 0 {
      sum = sum + scalbn(Double(chunk), Int32(32 * index - 1074))
    }
    return isNegative ? DoubleDouble(-sum.high, -sum.low) : sum
  }
}

/// A number as the unrounded sum of two doubles: about 106 bits.
struct DoubleDouble: Sendable, Equatable {
  var high: Double
  var low: Double

  init(_ high: Double, _ low: Double = 0) {
    self.high = high
    self.low = low
  }

  static func + (a: DoubleDouble, b: Double) -> DoubleDouble {
    let sum = a.high + b
    let part = sum - a.high
    let error = (a.high - (sum - part)) + (b - part)
    return DoubleDouble(sum, a.low + error).normalized
  }

  static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let difference = a + -b.high
    return DoubleDouble(difference.high, difference.low - b.low).normalized
  }

  /// The product of two doubles, exact.
  static func product(_ a: Double, _ b: Double) -> DoubleDouble {
    let product = a * b
    return DoubleDouble(product, (-product).addingProduct(a, b))
  }

  var squared: DoubleDouble {
    let square = Self.product(high, high)
    return DoubleDouble(square.high, square.low + 2 * high * low).normalized
  }

  static func / (a: DoubleDouble, divisor: Double) -> DoubleDouble {
    let quotient = a.high / divisor
    let rest = a.high.addingProduct(-quotient, divisor) + a.low
    return DoubleDouble(quotient, rest / divisor).normalized
  }

  private var normalized: DoubleDouble {
    let sum = high + low
    return DoubleDouble(sum, low - (sum - high))
  }
}
