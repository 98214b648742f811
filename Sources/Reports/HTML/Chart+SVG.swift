extension Report.Chart {
  var markup: Markup {
    let content =
      switch self {
      case .lines(let chart): chart.content
      case .bars(let chart): chart.content
      case .histogram(let chart): chart.content
      }
    return .element(
      "figure", [:], [.element("figcaption", [:], [.text(title)])] + content)
  }
}

extension LineChart {
  var content: [Markup] {
    let points = series.flatMap(\.points)
    let spreads = series.flatMap { one in
      zip(one.points, one.deviations).flatMap { [$0.y - $1, $0.y + $1] }
    }
    let plot = Plot(
      x: FittedAxis(x, values: points.map(\.x), ticks: 6),
      y: FittedAxis(y, values: points.map(\.y) + spreads, ticks: 5),
      height: shape == .square ? 400 : 270)
    let drawn = series.enumerated().flatMap { index, one in
      one.markup(in: plot, SeriesStyle(index: index), x: x.label, y: y.label)
    }
    let styles = series.map(\.style)
    return [plot.picture(title, plot.frame + guide(plot) + drawn)]
      + Markup.legend(series.map(\.name)) { look in
        var sample: [Markup] = []
        if styles[look.index] != .dots {
          sample.append(
            .path("series \(look.style)", [.move(0, 7), .line(34, 7)], dash: look.dash))
        }
        if styles[look.index] != .line { sample.append(look.mark(17, 7)) }
        return sample
      }
  }

  /// The line y = x, where both ends of it are in sight.
  private func guide(_ plot: Plot) -> [Markup] {
    let low = max(plot.x.lower, plot.y.lower)
    let high = min(plot.x.upper, plot.y.upper)
    guard diagonal, low < high, let left = plot.horizontal(low), let right = plot.horizontal(high),
      let bottom = plot.vertical(low), let top = plot.vertical(high)
    else { return [] }
    return [.path("guide", [.move(left, bottom), .line(right, top)])]
  }
}

extension LineChart.Series {
  /// The line, its whiskers and its marks; what lies outside the plot breaks the line.
  func markup(in plot: Plot, _ look: SeriesStyle, x: String, y: String) -> [Markup] {
    let places = points.map { point -> (Double, Double)? in
      guard let across = plot.horizontal(point.x), let up = plot.vertical(point.y) else {
        return nil
      }
      return (across, up)
    }
    var parts: [Markup] = []
    if style != .dots {
      var steps: [Markup.Step] = []
      var isDrawing = false
      for place in places {
        if let place {
          steps.append(isDrawing ? .line(place.0, place.1) : .move(place.0, place.1))
        }
        isDrawing = place != nil
      }
      parts.append(.path("series \(look.style)", steps, dash: look.dash, title: name))
    }
    for (index, place) in places.enumerated() {
      guard let place else { continue }
      let point = points[index]
      let deviation = deviations.isEmpty ? nil : deviations[index]
      if let deviation, deviation > 0 {
        let ends = [point.y - deviation, point.y + deviation].map(plot.clampedVertical)
        parts.append(
          .path("whisker \(look.style)", [.move(place.0, ends[0]), .line(place.0, ends[1])]))
      }
      guard style != .line else { continue }
      let spread = deviation.map { " ± \(Numbers.significant($0))" } ?? ""
      let across =
        plot.x.ticks.first { $0.value == point.x }?.text ?? Numbers.significant(point.x)
      parts.append(
        look.mark(
          place.0, place.1,
          title: "\(name): \(x) \(across), \(y) \(Numbers.significant(point.y))\(spread)"))
    }
    return parts
  }
}

extension Histogram {
  var content: [Markup] {
    let plot = Plot(
      x: FittedAxis(x, values: edges, ticks: 6),
      y: FittedAxis(Axis(y), values: counts + [0], ticks: 5), height: 240)
    let bars: [Markup] = counts.indices.compactMap { index in
      guard let left = plot.horizontal(edges[index]), let right = plot.horizontal(edges[index + 1]),
        let top = plot.vertical(counts[index])
      else { return nil }
      let title =
        "\(Numbers.significant(edges[index])) to \(Numbers.significant(edges[index + 1])): "
        + "\(Numbers.significant(counts[index])) \(y)"
      return .bar(
        SeriesStyle(index: 0), from: (left + 0.5, top),
        to: (max(right - 0.5, left + 1), plot.bottom),
        title: title)
    }
    return [plot.picture(title, plot.frame + bars)]
  }
}

extension Markup {
  /// A filled rectangle between two corners.
  static func bar(
    _ look: SeriesStyle, from first: (x: Double, y: Double), to last: (x: Double, y: Double),
    title: String? = nil
  ) -> Markup {
    .element(
      "rect",
      [
        "class": "bar \(look.style)", "fill-opacity": look.shade, "x": place(first.x),
        "y": place(first.y), "width": place(max(last.x - first.x, 0)),
        "height": place(max(last.y - first.y, 0)),
      ], tooltip(title))
  }
}
