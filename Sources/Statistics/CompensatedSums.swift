/// Four sums side by side, each in two doubles: what rounding loses of the first is kept in the second
/// (Ogita, Rump, Oishi, "Accurate sum and dot product", 2005), so that variances survive means that are
/// millions of times larger.
package struct CompensatedSums: Sendable, Hashable {
  @usableFromInline package private(set) var high = SIMD4<Double>.zero
  @usableFromInline package private(set) var low = SIMD4<Double>.zero

  package init() {}

  /// Adds a number to each sum.
  @inlinable @inline(__always)
  package mutating func add(_ x: SIMD4<Double>) {
    let sum = high + x
    let part = sum - high
    _add(sum, (high - (sum - part)) + (x - part))
  }

  /// Adds a product to each sum, which is not rounded either.
  @inlinable @inline(__always)
  package mutating func add(_ a: SIMD4<Double>, times b: SIMD4<Double>) {
    let product = a * b
    let rest = (-product).addingProduct(a, b)
    let sum = high + product
    let part = sum - high
    _add(sum, (high - (sum - part)) + (product - part) + rest)
  }

  package mutating func add(_ other: CompensatedSums) {
    add(other.high)
    low += other.low
  }

  package mutating func subtract(_ other: CompensatedSums) {
    add(-other.high)
    low -= other.low
  }

  @usableFromInline @inline(__always)
  mutating func _add(_ sum: SIMD4<Double>, _ rest: SIMD4<Double>) {
    high = sum
    low += rest
  }

  /// A sum, rounded once.
  package subscript(_ index: Int) -> Double { high[index] + low[index] }
}
