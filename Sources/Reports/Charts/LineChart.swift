/// Curves and points over two axes.
package struct LineChart: Sendable {
  /// How a series is drawn.
  package enum Style: Sendable {
    case line
    case dots
    /// A line with a mark at each point.
    case both
  }

  /// Points that belong together.
  package struct Series: Sendable {
    package var name: String
    package var points: [(x: Double, y: Double)]
    package var style: Style
    /// How far each y scatters, as many as points; empty for nothing known.
    package var deviations: [Double]

    package init(
      _ name: String, _ points: [(x: Double, y: Double)], style: Style = .line,
      deviations: [Double] = []
    ) {
      precondition(deviations.isEmpty || deviations.count == points.count)
      self.name = name
      self.points = points
      // A line through a single point would not be seen.
      self.style = style == .line && points.count == 1 ? .both : style
      self.deviations = deviations
    }
  }

  /// The proportions of the plot.
  package enum Shape: Sendable {
    case wide
    case square
  }

  package var title: String
  package var x: Axis
  package var y: Axis
  package var series: [Series]
  package var shape: Shape
  /// Whether the line y = x is drawn to hold the curves against.
  package var diagonal: Bool

  package init(
    title: String, x: Axis, y: Axis, series: [Series], shape: Shape = .wide,
    diagonal: Bool = false
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.shape = shape
    self.diagonal = diagonal
  }
}
