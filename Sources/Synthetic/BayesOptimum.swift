import Glibc

/// What the true probabilities themselves score: no model can be expected to do better.
package struct BayesOptimum: Sendable, Hashable, Codable {
  /// The number of rows.
  package private(set) var rows = 0
  /// The number of clicks.
  package private(set) var clicks = 0
  /// Σ of the rows' cross entropies, in nats.
  private var loss = 0.0
  /// Clicks and other rows by their logit.
  private var histogram: [Int32: Pair] = [:]

  private struct Pair: Sendable, Hashable, Codable {
    var clicks = 0
    var others = 0

    mutating func add(_ isClick: Bool) {
      if isClick { clicks += 1 } else { others += 1 }
    }
  }

  /// Of no rows.
  package init() {}

  /// The mean cross entropy, nil of no rows.
  package var logLoss: Double? { rows > 0 ? loss / Double(rows) : nil }

  /// The area under the ROC curve, nil where there are only clicks or none. Logits are told apart to
  /// 2⁻¹⁰, equal ones count one half: right to about 10⁻⁶.
  package var auc: Double? {
    guard clicks > 0 && clicks < rows else { return nil }
    var (area, others) = (0.0, 0.0)
    for bin in histogram.keys.sorted() {
      let pair = histogram[bin]!
      area += Double(pair.clicks) * (others + Double(pair.others) / 2)
      others += Double(pair.others)
    }
    return area / (Double(clicks) * Double(rows - clicks))
  }

  /// Adds a row.
  mutating func add(_ probability: Double, isClick: Bool) {
    rows += 1
    clicks += isClick ? 1 : 0
    loss -= isClick ? log(probability) : log1p(-probability)
    let logit = log(probability) - log1p(-probability)
    histogram[Int32((logit * 0x1p10).rounded()), default: Pair()].add(isClick)
  }

  /// Adds the rows of another one.
  mutating func merge(_ other: BayesOptimum) {
    rows += other.rows
    clicks += other.clicks
    loss += other.loss
    histogram.merge(other.histogram) {
      Pair(clicks: $0.clicks + $1.clicks, others: $0.others + $1.others)
    }
  }
}
