import Statistics

extension ABAnalysis {
  /// Raises the p-values that decide for the number of metrics and arms.
  mutating func correct() {
    var places: [(metric: Int, comparison: Int)] = []
    for metric in metrics.indices {
      for comparison in metrics[metric].comparisons.indices
      where metrics[metric].comparisons[comparison].p != nil {
        places.append((metric, comparison))
      }
    }
    let p = places.map { metrics[$0.metric].comparisons[$0.comparison].p! }
    let raised =
      switch test.correction {
      case .holm: Multiplicity.holm(p)
      case .benjaminiHochberg: Multiplicity.benjaminiHochberg(p)
      case .none: p
      }
    for (place, p) in zip(places, raised) {
      metrics[place.metric].comparisons[place.comparison].p = p
    }
    correctSegments()
  }

  /// Raises the p-values of segments for their number: those of all metrics, arms and columns are one family,
  /// since somebody looks through all of them for the one that stands out.
  private mutating func correctSegments() {
    var places: [(metric: Int, comparison: Int, segment: Int)] = []
    var p: [Double] = []
    for (metric, result) in metrics.enumerated() {
      for (comparison, found) in result.comparisons.enumerated() {
        for (segment, each) in found.segments.enumerated() {
          guard let own = each.p else { continue }
          places.append((metric, comparison, segment))
          p.append(own)
        }
      }
    }
    for (place, p) in zip(places, Multiplicity.holm(p)) {
      metrics[place.metric].comparisons[place.comparison].segments[place.segment].p = p
    }
  }

  /// Says what may be said: first whether anything may, then whether there is a difference.
  mutating func judge() {
    for metric in metrics.indices {
      for index in metrics[metric].comparisons.indices {
        let comparison = metrics[metric].comparisons[index]
        metrics[metric].comparisons[index].verdict = verdict(comparison, metrics[metric].metric)
      }
    }
  }

  private func verdict(_ comparison: Comparison, _ metric: Metric) -> Verdict {
    guard let contrast = comparison.contrast, let p = comparison.p else { return .empty }
    if isBroken { return .broken }
    if isEarly { return .early }
    if p <= test.alpha {
      return (contrast.difference.value > 0) == (metric.better == .higher) ? .better : .worse
    }
    let interval = test.looks == .daily ? comparison.sequence?.lift : contrast.lift
    if let effect = test.effect, let interval, interval.lower > -effect, interval.upper < effect {
      return .same
    }
    return .unclear
  }
}
