/// Horizontal bars or dots: a group for each category, in it a bar for each series, its value at its end.
package struct BarChart: Sendable {
  /// A bar for each category.
  package struct Series: Sendable {
    package var name: String
    /// A value for each category; nil where there is none.
    package var values: [Double?]
    /// How far each value scatters; empty for nothing known.
    package var deviations: [Double?]

    package init(_ name: String, _ values: [Double?], deviations: [Double?] = []) {
      precondition(deviations.isEmpty || deviations.count == values.count)
      self.name = name
      self.values = values
      self.deviations = deviations
    }
  }

  /// How values are drawn.
  package enum Style: Sendable {
    /// As bars from 0.
    case bars
    /// As dots on an axis that shows what differs, wherever 0 is.
    case dots
  }

  package var title: String
  package var value: Axis
  package var categories: [String]
  package var series: [Series]
  /// A value to hold all bars against, drawn as a line; nil for none.
  package var baseline: Double?
  package var style: Style

  package init(
    title: String, value: Axis, categories: [String], series: [Series], baseline: Double? = nil,
    style: Style = .bars
  ) {
    precondition(series.allSatisfy { $0.values.count == categories.count })
    self.title = title
    self.value = value
    self.categories = categories
    self.series = series
    self.baseline = baseline
    self.style = style
  }
}
