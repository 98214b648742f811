/// Curves and points over two axes.
public struct LineChart: Sendable {
  /// How a series is drawn.
  public enum Style: Sendable {
    case line
    case dots
    /// A line with a mark at each point.
    case both
  }

  /// Points that belong together.
  public struct Series: Sendable {
    public var name: String
    public var points: [(x: Double, y: Double)]
    public var style: Style
    /// How far each y scatters, as many as points; empty for nothing known.
    public var deviations: [Double]

    public init(
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
  public enum Shape: Sendable {
    case wide
    case square
  }

  public var title: String
  public var x: Axis
  public var y: Axis
  public var series: [Series]
  public var shape: Shape
  /// Whether the line y = x is drawn to hold the curves against.
  public var diagonal: Bool

  public init(
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
