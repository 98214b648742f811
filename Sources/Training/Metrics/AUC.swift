/// Measures of predicted click probabilities against clicks, all in double precision.
///
/// Throughout: `labels` are 0 or 1, `weights` are sample weights and nil where all are 1, and all
/// arrays are as long.
public enum Metrics {
  /// The exact area under the ROC curve: the probability that a click scores above a non-click,
  /// ties counting one half (the Mann–Whitney statistic), from sorted scores. O(n log n).
  ///
  /// - Parameter scores: probabilities or logits; only their order matters.
  /// - Returns: the area, or nil where it is undefined: one of the classes has no weight, or a
  ///   score is not a number.
  public static func auc(_ scores: [Float], labels: [Float], weights: [Float]? = nil) -> Double? {
    precondition(labels.count == scores.count && weights?.count ?? scores.count == scores.count)
    guard scores.allSatisfy({ !$0.isNaN }) else { return nil }
    var keys = scores.indices.map { orderedBits(scores[$0]) << 32 | UInt64($0) }
    keys.sort()

    // Over groups of equal scores: how much positive weight lies above how much negative weight.
    var (area, positives, negatives) = (0.0, 0.0, 0.0)
    var next = 0
    while next < keys.count {
      let score = keys[next] >> 32
      var (positive, negative) = (0.0, 0.0)
      while next < keys.count, keys[next] >> 32 == score {
        let sample = Int(keys[next] & 0xFFFF_FFFF)
        let weight = Double(weights?[sample] ?? 1)
        if labels[sample] > 0.5 { positive += weight } else { negative += weight }
        next += 1
      }
      area += positive * (negatives + negative / 2)
      positives += positive
      negatives += negative
    }
    guard positives > 0, negatives > 0 else { return nil }
    return area / (positives * negatives)
  }

  /// Bits that sort as the numbers do, equal for the two zeros.
  private static func orderedBits(_ score: Float) -> UInt64 {
    let bits = (score + 0).bitPattern
    return UInt64(score < 0 ? ~bits : bits | 0x8000_0000)
  }
}
