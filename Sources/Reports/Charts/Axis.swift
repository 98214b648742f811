import Foundation

/// What a direction of a chart measures.
package struct Axis: Sendable {
  /// How values become places.
  package enum Scale: Sendable, Equatable {
    case linear
    /// Equal ratios are equally far apart; values up to 0 are left out.
    case log
    /// Names at the places 0, 1, 2, …
    case categories([String])
  }

  package var label: String
  package var scale: Scale
  /// What is shown; nil to take it from the values.
  package var range: ClosedRange<Double>?
  /// Whether only whole numbers have a meaning, as of epochs.
  package var isWhole: Bool

  package init(
    _ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil,
    isWhole: Bool = false
  ) {
    self.label = label
    self.scale = scale
    self.range = range
    self.isWhole = isWhole
  }
}

/// An axis with the ends and the marks that fit the values.
struct FittedAxis {
  let label: String
  let isLogarithmic: Bool
  let lower: Double
  let upper: Double
  let ticks: [(value: Double, text: String)]

  /// Fits an axis to values, those not finite left out.
  ///
  /// - Parameter count: about how many marks there is room for.
  init(_ axis: Axis, values: [Double], ticks count: Int) {
    label = axis.label
    switch axis.scale {
    case .categories(let names):
      isLogarithmic = false
      (lower, upper) = (-0.5, Double(max(names.count, 1)) - 0.5)
      ticks = names.enumerated().map { (Double($0.offset), $0.element) }
    case .log:
      isLogarithmic = true
      let positive = values.filter { $0.isFinite && $0 > 0 }
      let range = axis.range ?? Self.padded(positive.min() ?? 1, positive.max() ?? 10, log: true)
      (lower, upper) = (range.lowerBound, range.upperBound)
      ticks = Self.logarithmicTicks(lower, upper)
    case .linear:
      isLogarithmic = false
      let finite = values.filter(\.isFinite)
      let range = axis.range ?? Self.padded(finite.min() ?? 0, finite.max() ?? 1, log: false)
      let exact = Self.step(for: range.upperBound - range.lowerBound, count)
      let step = axis.isWhole ? max(exact, 1) : exact
      if axis.range == nil {
        lower = (range.lowerBound / step + 1e-9).rounded(.down) * step
        upper = (range.upperBound / step - 1e-9).rounded(.up) * step
      } else {
        (lower, upper) = (range.lowerBound, range.upperBound)
      }
      ticks = Self.linearTicks(lower, upper, step)
    }
  }

  /// Where a value is, from 0 at the lower end to 1 at the upper; nil where it has no place.
  func place(_ value: Double) -> Double? {
    guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
    let place =
      isLogarithmic
      ? Foundation.log(value / lower) / Foundation.log(upper / lower)
      : (value - lower) / (upper - lower)
    return (-1e-9...1 + 1e-9).contains(place) ? min(max(place, 0), 1) : nil
  }

  /// Equal ends are no range.
  private static func padded(_ low: Double, _ high: Double, log: Bool) -> ClosedRange<Double> {
    guard low == high else { return low...high }
    if log { return low / 2...high * 2 }
    let margin = low == 0 ? 1 : abs(low) * 0.1
    return low - margin...high + margin
  }

  /// 1, 2 or 5 times a power of ten, so that about `count` steps fill `span`.
  private static func step(for span: Double, _ count: Int) -> Double {
    let rough = max(span, .leastNormalMagnitude) / Double(max(count, 1))
    let power = pow(10, log10(rough).rounded(.down))
    return ([1, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10) * power
  }

  private static func linearTicks(
    _ lower: Double, _ upper: Double, _ step: Double
  ) -> [(value: Double, text: String)] {
    let digits = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
    let first = (lower / step - 1e-6).rounded(.up)
    let last = (upper / step + 1e-6).rounded(.down)
    guard last >= first, last - first < 1000 else { return [] }
    return stride(from: first, through: last, by: 1).map {
      ($0 * step, Numbers.short($0 * step, digits: digits))
    }
  }

  private static func logarithmicTicks(
    _ lower: Double, _ upper: Double
  ) -> [(value: Double, text: String)] {
    let decades = log10(upper / lower)
    let factors: [Double] = decades < 2.5 ? [1, 2, 5] : [1]
    let powers = Int(log10(lower).rounded(.down))...Int(log10(upper).rounded(.up))
    let stride = max(1, Int((decades / 6).rounded(.up)))
    var ticks: [(value: Double, text: String)] = []
    for power in powers where power % stride == 0 {
      for factor in factors {
        let value = factor * pow(10, Double(power))
        guard value >= lower * 0.999, value <= upper * 1.001 else { continue }
        let digits = max(0, -Int(log10(value).rounded(.down)))
        ticks.append((value, Numbers.short(value, digits: digits)))
      }
    }
    return ticks
  }
}
