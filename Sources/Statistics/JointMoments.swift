/// Means, variances and covariances of four numbers of each of many individuals.
package struct JointMoments: Sendable, Hashable {
  /// How many individuals.
  package private(set) var count = 0
  private var sums = CompensatedSums()
  /// Of 0·0, 1·1, 2·2, 3·3; of 0·1, 1·2, 2·3, 3·0; of 0·2, 1·3.
  private var squares = CompensatedSums()
  private var neighbours = CompensatedSums()
  private var opposites = CompensatedSums()

  package init() {}

  /// Adds an individual.
  package mutating func add(_ x: SIMD4<Double>) {
    count += 1
    sums.add(x)
    addProducts(x)
  }

  /// An individual that has been added becomes another: its sums so far have grown.
  package mutating func replace(_ old: SIMD4<Double>, by new: SIMD4<Double>) {
    sums.add(new)
    sums.add(-old)
    addProducts(new)
    addProducts(old, sign: -1)
  }

  private mutating func addProducts(_ x: SIMD4<Double>, sign: Double = 1) {
    let y = x * sign
    squares.add(x, times: y)
    neighbours.add(x, times: SIMD4(y[1], y[2], y[3], y[0]))
    opposites.add(SIMD4(x[0], x[1], 0, 0), times: SIMD4(y[2], y[3], 0, 0))
  }

  /// Adds other individuals, or what others have changed.
  package mutating func add(_ other: JointMoments) {
    count += other.count
    sums.add(other.sums)
    squares.add(other.squares)
    neighbours.add(other.neighbours)
    opposites.add(other.opposites)
  }

  /// The sum of a number over all individuals.
  package func sum(_ index: Int) -> Double { sums[index] }

  /// The mean of a number; 0 for nobody.
  package func mean(_ index: Int) -> Double { count > 0 ? sums[index] / Double(count) : 0 }

  /// The covariance of two numbers, or the variance of one, with n − 1 below; 0 for fewer than two.
  package func covariance(_ a: Int, _ b: Int) -> Double {
    guard count > 1 else { return 0 }
    let (first, second) = (min(a, b), max(a, b))
    let (high, low) =
      switch (first, second - first) {
      case (_, 0): (squares.high[a], squares.low[a])
      case (_, 1): (neighbours.high[first], neighbours.low[first])
      case (_, 3): (neighbours.high[3], neighbours.low[3])
      default: (opposites.high[first], opposites.low[first])
      }
    // Σxy − Σx·Σy / n, the quotient in two doubles as well.
    let n = Double(count)
    let product = sums.high[a] * sums.high[b]
    let rest =
      (-product).addingProduct(sums.high[a], sums.high[b]) + sums.high[a] * sums.low[b]
      + sums.low[a] * sums.high[b]
    let quotient = product / n
    let remainder = (product.addingProduct(-quotient, n) + rest) / n
    return ((high - quotient) + (low - remainder)) / (n - 1)
  }
}
