import Reports
import Statistics
import Training

extension StudyResult {
  /// For each setting that varies, AUC by its values, a curve for each model; of several settings, each
  /// value stands for the best point that has it.
  var chartsByKey: [Report.Chart] {
    let isTested = rows.contains { $0.testAUC != nil }
    return (record.study?.keys ?? []).flatMap { key -> [Report.Chart] in
      let preset = record.study?.preset
      let values = ordered(key)
      guard values.count > 1 else { return [] }
      let labels = values.map { preset?.label(of: $0) ?? $0 }
      let title = preset?.title ?? key
      func chart(
        _ measure: String, _ spread: @escaping (Row) -> Spread?
      ) -> Report.Chart {
        let series = models.map { model -> LineChart.Series in
          let points = values.enumerated().compactMap { place, value -> (Double, Spread)? in
            let those = rows.filter { row in
              row.model == model && row.point.contains { $0.key == key && $0.value == value }
            }
            // Rows are sorted: the first is the best.
            return those.first.flatMap(spread).map { (Double(place), $0) }
          }
          return .init(
            model, points.map { ($0.0, $0.1.mean) }, style: .both,
            deviations: points.map { $0.1.deviation ?? 0 })
        }
        return .lines(
          LineChart(
            title: title, x: Axis(preset?.axis ?? "", scale: .categories(labels)),
            y: Axis(measure), series: series))
      }
      return isTested
        ? [chart("test AUC", \.testAUC), chart("test LogLoss", \.testLogLoss)]
        : [
          chart("validation AUC", \.validationAUC),
          chart("validation LogLoss", \.validationLogLoss),
        ]
    }
  }

  /// A setting's values: numbers by size, others as they were given.
  private func ordered(_ key: String) -> [String] {
    var seen: Set<String> = []
    let values = record.variants.compactMap { variant in
      variant.point.first { $0.key == key }?.value
    }.filter { seen.insert($0).inserted }
    let numbers = values.compactMap { Double($0) }
    guard numbers.count == values.count else { return values }
    return zip(values, numbers).sorted { $0.1 < $1.1 }.map(\.0)
  }
}
