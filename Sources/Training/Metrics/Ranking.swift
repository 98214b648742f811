/// Samples in the order of their scores, equal scores together: what every measure that knows only the
/// order is made from. All in double precision; O(n log n).
public struct Ranking: Sendable {
  /// All samples of one score.
  public struct Step: Sendable, Hashable {
    /// Their score.
    public let score: Float
    /// The weight of the clicks among them.
    public let clicks: Double
    /// The weight of the others.
    public let others: Double
  }

  /// The scores that there are, the highest first.
  public let steps: [Step]
  /// The weight of all clicks.
  public let clicks: Double
  /// The weight of all others.
  public let others: Double

  /// Sorts.
  ///
  /// - Parameters:
  ///   - scores: probabilities or logits, none of them NaN.
  ///   - labels: 0 or 1, as many.
  ///   - weights: from 0, as many; nil where all are 1.
  public init(_ scores: [Float], labels: [Float], weights: [Float]? = nil) {
    precondition(labels.count == scores.count && weights?.count ?? scores.count == scores.count)
    precondition(scores.count <= UInt32.max, "at most 2³² samples")
    var keys = scores.indices.map { Self.descendingBits(scores[$0]) << 32 | UInt64($0) }
    keys.sort()
    var steps: [Step] = []
    var next = 0
    while next < keys.count {
      let bits = keys[next] >> 32
      let score = scores[Int(keys[next] & 0xFFFF_FFFF)]
      var (clicks, others) = (0.0, 0.0)
      while next < keys.count, keys[next] >> 32 == bits {
        let sample = Int(keys[next] & 0xFFFF_FFFF)
        let weight = Double(weights?[sample] ?? 1)
        if labels[sample] > 0.5 { clicks += weight } else { others += weight }
        next += 1
      }
      steps.append(Step(score: score, clicks: clicks, others: others))
    }
    self.steps = steps
    clicks = steps.reduce(0) { $0 + $1.clicks }
    others = steps.reduce(0) { $0 + $1.others }
  }

  /// Bits that sort as the numbers do, the highest first, equal for the two zeros.
  private static func descendingBits(_ score: Float) -> UInt64 {
    let bits = (score + 0).bitPattern
    return UInt64(score < 0 ? bits : ~(bits | 0x8000_0000))
  }

  /// The area under the ROC curve: the probability that a click scores above a non-click, ties
  /// counting one half (the Mann–Whitney statistic); nil where one of the classes has no weight.
  public var auc: Double? {
    guard clicks > 0, others > 0 else { return nil }
    // From the highest score down: how many clicks lie above each non-click.
    var (area, above) = (0.0, 0.0)
    for step in steps {
      area += step.others * (above + step.clicks / 2)
      above += step.clicks
    }
    return area / (clicks * others)
  }

  /// The area under the precision-recall curve as average precision, `Σ (Rₙ − Rₙ₋₁)·Pₙ` over the
  /// scores from the highest down, without interpolation; nil where there are no clicks.
  public var averagePrecision: Double? {
    guard clicks > 0 else { return nil }
    var (sum, found, shown) = (0.0, 0.0, 0.0)
    for step in steps {
      found += step.clicks
      shown += step.clicks + step.others
      if step.clicks > 0 { sum += step.clicks * (found / shown) }
    }
    return sum / clicks
  }

  /// A point of the ROC curve: what share of each class scores at least so much.
  public struct ROCPoint: Sendable, Codable, Hashable {
    /// The share of the non-clicks.
    public let falsePositives: Double
    /// The share of the clicks.
    public let truePositives: Double

    enum CodingKeys: String, CodingKey {
      case falsePositives = "false_positives"
      case truePositives = "true_positives"
    }
  }

  /// The ROC curve from (0, 0) to (1, 1); empty where one of the classes has no weight.
  ///
  /// - Parameter limit: at most about so many points, no two nearer to each other than that takes:
  ///   enough for a picture. Nil for a point at each score.
  public func rocCurve(limit: Int? = nil) -> [ROCPoint] {
    guard clicks > 0, others > 0 else { return [] }
    let least = limit.map { 2 / Double(max($0 - 2, 1)) } ?? 0
    var points = [ROCPoint(falsePositives: 0, truePositives: 0)]
    var (found, wrong) = (0.0, 0.0)
    for step in steps {
      found += step.clicks
      wrong += step.others
      let point = ROCPoint(falsePositives: wrong / others, truePositives: found / clicks)
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
