extension BarChart {
  private static let thickness = 15.0
  private static let gap = 11.0

  var content: [Markup] {
    let known = series.flatMap(\.values).compactMap(\.self)
    let spreads = series.flatMap { one in
      zip(one.values, one.deviations).compactMap { value, deviation in
        value.flatMap { value in deviation.map { [value - $0, value + $0] } }
      }.flatMap(\.self)
    }
    // Bars stand on 0 where there is one.
    var shown = known + spreads
    if style == .bars && value.scale != .log { shown.append(0) }
    if let baseline { shown.append(baseline) }
    let fitted = FittedAxis(value, values: shown, ticks: 5)
    let group = Self.thickness * Double(series.count) + Self.gap
    let frame = BarFrame(
      axis: fitted, labels: categories,
      values: known.map { Numbers.significant($0) }, bottom: 6 + group * Double(categories.count),
      style: style)

    var parts = frame.grid
    for (row, category) in categories.enumerated() {
      let top = 6 + group * Double(row)
      parts.append(
        .label(
          BarFrame.shortened(category), frame.left - 6,
          top + (group - Self.gap) / 2 + 4, anchor: "end", style: "value"))
      for (index, one) in series.enumerated() {
        parts += bar(
          one, row, SeriesStyle(index: index), frame, at: top + Self.thickness * Double(index))
      }
    }
    if let baseline, let place = frame.horizontal(baseline) {
      parts.append(.path("guide", [.move(place, 0), .line(place, frame.bottom)]))
    }
    let picture = Markup.element(
      "svg",
      [
        "viewBox": "0 0 \(Markup.place(Plot.width)) \(Markup.place(frame.bottom + 40))",
        "role": "img", "aria-label": title, "class": style == .bars ? "bars" : nil,
      ], parts)
    return [picture]
      + Markup.legend(series.map(\.name)) { look in
        [style == .bars ? .bar(look, from: (4, 2), to: (30, 12)) : look.mark(17, 7)]
      }
  }

  private func bar(
    _ one: Series, _ row: Int, _ look: SeriesStyle, _ frame: BarFrame, at top: Double
  ) -> [Markup] {
    let middle = top + Self.thickness / 2
    guard let value = one.values[row], let end = frame.horizontal(value) else {
      return [.label("–", frame.zero + 5, middle + 4, anchor: "start", style: "value")]
    }
    let deviation = one.deviations.isEmpty ? nil : one.deviations[row]
    let text = Numbers.significant(value)
    let spread = deviation.map { " ± \(Numbers.significant($0))" } ?? ""
    let title = "\(categories[row]), \(one.name): \(text)\(spread)"
    let start = min(frame.zero, end)
    let mark: Markup =
      style == .dots
      ? look.mark(end, middle - 1, title: title)
      : .bar(
        look, from: (start, top), to: (max(frame.zero, end), top + Self.thickness - 2),
        title: title)
    var parts = [mark]
    var labelPlace = style == .dots ? end + 3 : max(frame.zero, end)
    if let deviation, deviation > 0 {
      let ends = [value - deviation, value + deviation].map { frame.clamped($0) }
      parts.append(
        .path(
          "whisker \(look.style)", [.move(ends[0], middle - 1), .line(ends[1], middle - 1)]))
      labelPlace = max(labelPlace, ends[1])
    }
    parts.append(.label(text, labelPlace + 5, middle + 3, anchor: "start", style: "value"))
    return parts
  }
}

/// Where the bars of a chart are.
private struct BarFrame {
  /// Names longer than this are cut, since they would leave no room for bars; the table has them whole.
  static let longestLabel = 24

  let axis: FittedAxis
  let left: Double
  let right: Double
  let bottom: Double

  let style: BarChart.Style

  init(
    axis: FittedAxis, labels: [String], values: [String], bottom: Double, style: BarChart.Style
  ) {
    self.axis = axis
    self.style = style
    self.bottom = bottom
    left = 14 + (labels.map { Plot.width(of: Self.shortened($0)) }.max() ?? 0)
    // The longest bar's value stands behind it.
    right = Plot.width - 8 - (values.map { Plot.width(of: $0) }.max() ?? 0)
  }

  static func shortened(_ label: String) -> String {
    label.count > longestLabel ? label.prefix(longestLabel - 1) + "…" : label
  }

  func horizontal(_ value: Double) -> Double? {
    axis.place(value).map { left + $0 * (right - left) }
  }

  func clamped(_ value: Double) -> Double {
    horizontal(value) ?? (value > axis.lower ? right : left)
  }

  /// Where bars begin.
  var zero: Double { axis.isLogarithmic || style == .dots ? left : clamped(0) }

  var grid: [Markup] {
    var parts: [Markup] = []
    var free = -Double.infinity
    for tick in axis.ticks {
      guard let place = horizontal(tick.value) else { continue }
      parts.append(.path("grid", [.move(place, 0), .line(place, bottom)]))
      let half = Plot.width(of: tick.text) / 2
      guard place - half > free else { continue }
      free = place + half + 6
      parts.append(.label(tick.text, place, bottom + 16, anchor: "middle"))
    }
    parts.append(.path("axis", [.move(zero, 0), .line(zero, bottom)]))
    parts.append(.label(axis.label, (left + right) / 2, bottom + 34, anchor: "middle"))
    return parts
  }
}
