/// How many values lie between each edge and the next: upright bars that touch.
package struct Histogram: Sendable {
  package var title: String
  package var x: Axis
  /// The ends of the bars, rising, one more than counts.
  package var edges: [Double]
  package var counts: [Double]
  /// What is counted.
  package var y: String

  package init(title: String, x: Axis, edges: [Double], counts: [Double], y: String) {
    precondition(edges.count == counts.count + 1)
    self.title = title
    self.x = x
    self.edges = edges
    self.counts = counts
    self.y = y
  }
}
