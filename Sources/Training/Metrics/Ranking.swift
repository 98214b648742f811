import Support

/// Samples in the order of their scores, equal scores together: what every measure that knows only the
/// order is made from. All in double precision; O(n log n).
package struct Ranking: Sendable {
  /// All samples of one score.
  package struct Step: Sendable, Hashable {
    /// Their score.
    package let score: Double
    /// The weight of the clicks among them.
    package let clicks: Double
    /// The weight of the non-clicks among them.
    package let negatives: Double
  }

  /// The scores that there are, the highest first.
  package let steps: [Step]
  /// The weight of all clicks.
  package let clicks: Double
  /// The weight of all non-clicks.
  package let negatives: Double

  /// Sorts.
  ///
  /// - Parameters:
  ///   - scores: probabilities or logits, none of them NaN.
  ///   - labels: 0 or 1, as many.
  ///   - weights: from 0, as many; nil where all are 1.
  package init<Score: BinaryFloatingPoint>(
    _ scores: [Score], labels: [Float], weights: [Float]? = nil
  ) {
    precondition(labels.count == scores.count && weights?.count ?? scores.count == scores.count)
    let order = Self.descendingOrder(of: scores)
    var steps: [Step] = []
    var next = 0
    while next < order.count {
      let score = scores[order[next]]
      var (clicks, negatives) = (0.0, 0.0)
      while next < order.count, scores[order[next]] == score {
        let sample = order[next]
        let weight = Double(weights?[sample] ?? 1)
        if labels[sample] > 0.5 { clicks += weight } else { negatives += weight }
        next += 1
      }
      steps.append(Step(score: Double(score), clicks: clicks, negatives: negatives))
    }
    self.steps = steps
    clicks = steps.reduce(0) { $0 + $1.clicks }
    negatives = steps.reduce(0) { $0 + $1.negatives }
  }

  /// The samples from the highest score down, those of one score in their own order.
  private static func descendingOrder<Score: BinaryFloatingPoint>(of scores: [Score]) -> [Int] {
    guard let scores = scores.elements(as: Float.self), scores.count <= UInt32.max else {
      return scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
    }
    // Sorting whole numbers, the score's bits above the sample's number, is several times as fast.
    var keys = scores.indices.map { descendingBits(scores[$0]) << 32 | UInt64($0) }
    keys.sort()
    return keys.map { Int($0 & 0xFFFF_FFFF) }
  }

  /// Bits that sort as the numbers do, the highest first, equal for the two zeros.
  private static func descendingBits(_ score: Float) -> UInt64 {
    let bits = (score + 0).bitPattern
    return UInt64(score < 0 ? bits : ~(bits | 0x8000_0000))
  }

  /// The area under the ROC curve: the probability that a click scores above a non-click, ties
  /// counting one half (the Mann–Whitney statistic); nil where one of the classes has no weight.
  package var auc: Double? {
    guard clicks > 0, negatives > 0 else { return nil }
    // From the highest score down: how many clicks lie above each non-click.
    var (area, above) = (0.0, 0.0)
    for step in steps {
      area += step.negatives * (above + step.clicks / 2)
      above += step.clicks
    }
    return area / (clicks * negatives)
  }

  /// The area under the precision-recall curve as average precision, `Σ (Rₙ − Rₙ₋₁)·Pₙ` over the
  /// scores from the highest down, without interpolation; nil where there are no clicks.
  package var averagePrecision: Double? {
    guard clicks > 0 else { return nil }
    var (sum, found, shown) = (0.0, 0.0, 0.0)
    for step in steps {
      found += step.clicks
      shown += step.clicks + step.negatives
      if step.clicks > 0 { sum += step.clicks * (found / shown) }
    }
    return sum / clicks
  }

  /// A point of the ROC curve: what share of each class scores at least so much.
  package struct ROCPoint: Sendable, Codable, Hashable {
    /// The share of the non-clicks.
    package let falsePositives: Double
    /// The share of the clicks.
    package let truePositives: Double

    enum CodingKeys: String, CodingKey {
      case falsePositives = "false_positives"
      case truePositives = "true_positives"
    }
  }

  /// The ROC curve from (0, 0) to (1, 1); empty where one of the classes has no weight.
  ///
  /// - Parameter limit: at most about so many points, no two nearer to each other than that takes:
  ///   enough for a picture. Nil for a point at each score.
  package func rocCurve(limit: Int? = nil) -> [ROCPoint] {
    guard clicks > 0, negatives > 0 else { return [] }
    let least = limit.map { 2 / Double(max($0 - 2, 1)) } ?? 0
    var points = [ROCPoint(falsePositives: 0, truePositives: 0)]
    var (found, wrong) = (0.0, 0.0)
    for step in steps {
      found += step.clicks
      wrong += step.negatives
      let point = ROCPoint(falsePositives: wrong / negatives, truePositives: found / clicks)
      let last = points[points.count - 1]
      let way =
        point.falsePositives - last.falsePositives + point.truePositives - last.truePositives
      if way > 0, way >= least { points.append(point) }
    }
    let end = ROCPoint(falsePositives: 1, truePositives: 1)
    if points[points.count - 1] != end { points.append(end) }
    return points
  }
}
