import Data
import Features
import Random

/// Training on a part of the rows without click: where clicks are rare, most of these teach little.
///
/// A model of rows of which a share w of the negatives was kept predicts too many clicks; its
/// probability p stands for `p / (p + (1 − p)/w)` (He et al. 2014), see ``Odds``.
enum NegativeSampling {
  /// All rows with a click, and each other one with the given probability; the same for the same seed.
  ///
  /// The rows are copied into memory.
  static func sample(_ rows: Dataset, rate: Float, seed: UInt64) -> Dataset {
    guard rate < 1 else { return rows }
    var random = RandomStream(seed: seed, purpose: "negative sampling")
    let kept = rows.labels.enumerated().filter { _, label in
      // Drawn for each row, so that a row's fate does not depend on the labels before it.
      let draw = random.uniform()
      return label > 0 || draw < Double(rate)
    }
    return rows.selecting(kept.map(\.offset))
  }
}
