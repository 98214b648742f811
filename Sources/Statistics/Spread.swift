/// A number measured several times.
package struct Spread: Sendable, Hashable, Codable {
  /// The mean.
  package let mean: Double
  /// The standard deviation with n − 1 below; nil for a single number.
  package let deviation: Double?
  /// How many numbers.
  package let count: Int

  /// Of numbers; nil for none.
  package init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    count = values.count
    guard values.count > 1 else {
      deviation = nil
      return
    }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = (squares / Double(values.count - 1)).squareRoot()
  }
}

/// The paired t-test: whether two measures of the same trials differ in the mean.
package struct PairedTest: Sendable, Hashable, Codable {
  /// The differences, first minus second.
  package let difference: Spread
  /// The statistic, `mean / (deviation / √n)`; nil where all differences are equal.
  package let t: Double?
  /// The two-sided p-value with n − 1 degrees of freedom.
  ///
  /// Where all differences are equal there is no scatter to judge by: 1 if they are 0, else nil.
  package let p: Double?

  /// - Parameter pairs: both measures of each trial.
  /// - Returns: nil for fewer than two trials.
  package init?(_ pairs: [(first: Double, second: Double)]) {
    guard pairs.count > 1, let difference = Spread(pairs.map { $0.first - $0.second }),
      let deviation = difference.deviation
    else { return nil }
    self.difference = difference
    guard deviation > 0 else {
      t = nil
      p = difference.mean == 0 ? 1 : nil
      return
    }
    let count = Double(pairs.count)
    let t = difference.mean / (deviation / count.squareRoot())
    self.t = t
    p = StudentT.twoSided(t, degrees: count - 1)
  }
}
