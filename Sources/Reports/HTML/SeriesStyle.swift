/// How the series of a chart are told apart: by colour, and without colour by dash, mark and shade.
struct SeriesStyle {
  let index: Int

  /// The class that sets the colour.
  var style: String { "s\(index % 8)" }

  /// The pattern of the line; nil for a solid one.
  var dash: String? {
    [nil, "7 3", "2 2.5", "9 3 2 3", "14 4", "5 2 2 2 2 2"][(index + index / 8) % 6]
  }

  /// The shade of a bar.
  var shade: String { ["1", "0.45", "0.15", "0.7"][index % 4] }

  /// The mark of a point.
  func mark(_ x: Double, _ y: Double, title: String? = nil) -> Markup {
    let isHollow = index / 4 % 2 == 1
    let corners: [(Double, Double)]
    switch index % 4 {
    case 0:
      return .element(
        "circle",
        [
          "class": style(isHollow), "cx": Markup.place(x), "cy": Markup.place(y), "r": "3.3",
        ], Markup.tooltip(title))
    case 1: corners = [(-3, -3), (3, -3), (3, 3), (-3, 3)]
    case 2: corners = [(0, -4), (4, 3.2), (-4, 3.2)]
    default: corners = [(0, -4.4), (4.4, 0), (0, 4.4), (-4.4, 0)]
    }
    var steps: [Markup.Step] = corners.map { .line(x + $0.0, y + $0.1) }
    steps.append(.line(x + corners[0].0, y + corners[0].1))
    steps.append(.line(x + corners[1].0, y + corners[1].1))
    steps[0] = .move(x + corners[0].0, y + corners[0].1)
    return .path(style(isHollow), steps, title: title)
  }

  private func style(_ isHollow: Bool) -> String { "mark \(style)" + (isHollow ? " hollow" : "") }
}

extension Markup {
  /// The names of several series, each with a sample of its look; nothing for a single one.
  static func legend(_ names: [String], _ sample: (SeriesStyle) -> [Markup]) -> [Markup] {
    guard names.count > 1 else { return [] }
    let items: [Markup] = names.enumerated().map { index, name in
      .element(
        "li", [:],
        [
          .element(
            "svg", ["viewBox": "0 0 34 14", "aria-hidden": "true"],
            sample(SeriesStyle(index: index))), .text(name),
        ])
    }
    return [.element("ul", ["class": "legend"], items)]
  }
}
