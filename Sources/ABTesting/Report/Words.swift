import Reports

/// How an analysis words its numbers.
package enum Words {
  /// A relative lift with a sign: +3.2 %.
  package static func lift(_ value: Double, digits: Int = 1) -> String {
    let text = Numbers.percent(value, digits)
    // What is rounded to 0 has no sign.
    return value > 0 && text != Numbers.percent(0, digits) ? "+" + text : text
  }

  /// An interval of lifts: −0.4 % to +3.2 %.
  package static func interval(_ estimate: Estimate, digits: Int = 1) -> String {
    interval(estimate.lower, estimate.upper, digits: digits)
  }

  /// The same by its ends.
  package static func interval(_ lower: Double, _ upper: Double, digits: Int = 1) -> String {
    "\(lift(lower, digits: digits)) to \(lift(upper, digits: digits))"
  }

  /// A p-value: 0.043, or below 0.0001.
  package static func p(_ p: Double) -> String { p < 1e-4 ? "below 0.0001" : Numbers.fixed(p, 4) }

  /// A metric's number, with four digits.
  package static func value(_ value: Double, _ metric: Metric) -> String {
    switch metric.kind {
    case .mean: Numbers.significant(value)
    case .ratio, .proportion:
      0...1 ~= value ? Numbers.percent(value, value < 0.1 ? 3 : 2) : Numbers.significant(value)
    }
  }
}

extension Report.Table.Cell {
  /// An interval of lifts; a dash for none.
  static func interval(_ estimate: Estimate?) -> Self {
    guard let estimate else { return "–" }
    return .text(Report.Text(Words.interval(estimate)), sortedBy: estimate.lower)
  }
}
