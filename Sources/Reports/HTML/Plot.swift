/// The frame of a chart in SVG: the plot's place within it, its axes, grid and labels.
struct Plot {
  /// The width of every chart in its own units; the text is 12 of them high.
  static let width = 420.0

  let x: FittedAxis
  let y: FittedAxis
  let height: Double
  let left: Double
  let right = Plot.width - 14
  let top = 26.0
  let bottom: Double

  init(x: FittedAxis, y: FittedAxis, height: Double) {
    self.x = x
    self.y = y
    self.height = height
    left = 10 + (y.ticks.map { Self.width(of: $0.text) }.max() ?? 0)
    bottom = height - (x.label.isEmpty ? 24 : 42)
  }

  /// About how wide a text is.
  static func width(of text: String) -> Double { 6.6 * Double(text.count) }

  /// Where a value is, from the left; nil where it is outside.
  func horizontal(_ value: Double) -> Double? { x.place(value).map { left + $0 * (right - left) } }

  /// Where a value is, from the top; nil where it is outside.
  func vertical(_ value: Double) -> Double? { y.place(value).map { bottom - $0 * (bottom - top) } }

  /// Where a value is, or the nearer end of the axis if it is outside.
  func clampedVertical(_ value: Double) -> Double {
    vertical(value) ?? (value > y.lower ? top : bottom)
  }

  /// Grid, axes and their labels.
  var frame: [Markup] {
    var parts: [Markup] = []
    for tick in y.ticks {
      guard let place = vertical(tick.value) else { continue }
      parts.append(.path("grid", [.move(left, place), .line(right, place)]))
      parts.append(.label(tick.text, left - 6, place + 4, anchor: "end"))
    }
    let ends = Self.spread(x.ticks, room: right - left)
    for tick in ends {
      guard let place = horizontal(tick.value) else { continue }
      parts.append(.path("axis", [.move(place, bottom), .line(place, bottom + 4)]))
      // The outermost marks' texts stay within the picture.
      let half = Self.width(of: tick.text) / 2
      let middle = min(max(place, half), Self.width - half)
      parts.append(.label(tick.text, middle, bottom + 17, anchor: "middle"))
    }
    parts.append(
      .path("axis", [.move(left, top), .line(left, bottom), .line(right, bottom)]))
    parts.append(.label(y.label, 0, 12, anchor: "start"))
    parts.append(.label(x.label, (left + right) / 2, height - 5, anchor: "middle"))
    return parts
  }

  /// The picture with its title for those who cannot see it.
  func picture(_ title: String, _ content: [Markup], style: String = "") -> Markup {
    .element(
      "svg",
      [
        "viewBox": "0 0 \(Markup.place(Self.width)) \(Markup.place(height))", "role": "img",
        "aria-label": title, "class": style.isEmpty ? nil : style,
      ], content)
  }

  /// Every tick whose text has room, or every second, third, … of them.
  private static func spread(
    _ ticks: [(value: Double, text: String)], room: Double
  ) -> [(value: Double, text: String)] {
    let widest = ticks.map { width(of: $0.text) + 8 }.max() ?? 0
    let fitting = max(Int(room / max(widest, 1)), 1)
    let every = (ticks.count + fitting - 1) / fitting
    return every <= 1
      ? ticks : ticks.enumerated().filter { $0.offset % every == 0 }.map(\.element)
  }
}

extension Markup {
  /// A step of a path.
  enum Step {
    case move(Double, Double)
    case line(Double, Double)
  }

  /// A coordinate, to a tenth of a unit.
  static func place(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0
      ? "\(tenths / 10)" : (tenths < 0 ? "-" : "") + "\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  /// A line through places.
  static func path(
    _ style: String, _ steps: [Step], dash: String? = nil, title: String? = nil
  ) -> Markup {
    let data = steps.map { step in
      switch step {
      case .move(let x, let y): "M\(place(x)) \(place(y))"
      case .line(let x, let y): "L\(place(x)) \(place(y))"
      }
    }
    return .element(
      "path", ["class": style, "d": data.joined(), "stroke-dasharray": dash], tooltip(title))
  }

  /// A piece of text.
  static func label(
    _ text: String, _ x: Double, _ y: Double, anchor: String, style: String? = nil
  ) -> Markup {
    .element(
      "text",
      ["x": place(x), "y": place(y), "text-anchor": anchor, "class": style], [.text(text)])
  }

  /// What a pointer resting on an element is told.
  static func tooltip(_ text: String?) -> [Markup] {
    text.map { [.element("title", [:], [.text($0)])] } ?? []
  }
}
