extension StudentT {
  /// The t whose two-sided p-value is `p`, 0 < p < 1: `1 − p` of the distribution lies within ±t.
  package static func twoSidedQuantile(_ p: Double, degrees: Double) -> Double {
    precondition(p > 0 && p < 1)
    guard degrees < normalFrom else { return Normal.upperQuantile(p / 2) }
    var high = 2.0
    while twoSided(high, degrees: degrees) > p && high < 1e300 { high *= 2 }
    return root(between: 0, and: high) { p - twoSided($0, degrees: degrees) }
  }
}
