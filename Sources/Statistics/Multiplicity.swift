/// How p-values of tests that belong together are raised, so that their number does no harm.
package enum Multiplicity {
  /// Holm's: a bound on the chance of any false alarm at all.
  package static func holm(_ p: [Double]) -> [Double] {
    adjusted(p, order: { $0 < $1 }) { rank, count in
      Double(count - rank)
    } over: {
      max($0, $1)
    }
  }

  /// Benjamini's and Hochberg's: a bound on the expected share of false alarms among alarms.
  package static func benjaminiHochberg(_ p: [Double]) -> [Double] {
    adjusted(p, order: { $0 > $1 }) { rank, count in
      Double(count) / Double(count - rank)
    } over: {
      min($0, $1)
    }
  }

  /// Walks the p-values in an order, with a factor each, and lets none cross what came before.
  private static func adjusted(
    _ p: [Double], order: (Double, Double) -> Bool, factor: (Int, Int) -> Double,
    over running: (Double, Double) -> Double
  ) -> [Double] {
    var result = p
    var last: Double?
    for (rank, index) in p.indices.sorted(by: { order(p[$0], p[$1]) }).enumerated() {
      let raised = min(1, p[index] * factor(rank, p.count))
      let value = last.map { running($0, raised) } ?? raised
      (result[index], last) = (value, value)
    }
    return result
  }
}
