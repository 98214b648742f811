/// How many values lie between each edge and the next: upright bars that touch.
public struct Histogram: Sendable {
  public var title: String
  public var x: Axis
  /// The ends of the bars, rising, one more than counts.
  public var edges: [Double]
  public var counts: [Double]
  /// What is counted.
  public var y: String

  public init(title: String, x: Axis, edges: [Double], counts: [Double], y: String) {
    precondition(edges.count == counts.count + 1)
    self.title = title
    self.x = x
    self.edges = edges
    self.counts = counts
    self.y = y
  }
}
