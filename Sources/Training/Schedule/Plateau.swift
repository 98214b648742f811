/// When to lower the learning rate and when to stop, decided by which epochs made progress.
///
/// After every ``dropPatience`` epochs in a row without progress the learning rate is multiplied by ``drop``; after
/// ``patience`` of them training ends.
package struct Plateau: Sendable, Hashable, Codable {
  /// What follows an epoch.
  package enum Verdict: Sendable, Hashable {
    /// It made progress.
    case improved
    /// It made none; go on, with a lower rate where it was the last one that the rate waits for.
    case failed
    /// It made none, for as many epochs as patience reaches: stop.
    case exhausted
  }

  /// How many epochs in a row may fail; 0 never stops.
  package let patience: Int
  /// How many epochs in a row fail before the rate is lowered.
  package let dropPatience: Int
  /// What the learning rate is multiplied by.
  package let drop: Float
  /// The least factor of the initial learning rate.
  package let floor: Float

  /// What the initial learning rate is multiplied by now.
  package private(set) var rateFactor: Float = 1
  /// How many epochs have failed since the last progress.
  package private(set) var failures = 0

  /// - Parameters:
  ///   - patience: how many epochs in a row may fail; 0 never stops.
  ///   - dropPatience: how many of them fail before the rate is lowered, from 1.
  ///   - drop: what the learning rate is multiplied by then, in 0 to 1.
  ///   - floor: the least factor of the initial learning rate, in 0 to 1.
  package init(patience: Int, dropPatience: Int = 1, drop: Float, floor: Float) {
    self.patience = patience
    self.dropPatience = dropPatience
    self.drop = drop
    self.floor = floor
  }

  /// Takes whether an epoch made progress.
  package mutating func record(progress: Bool) -> Verdict {
    guard !progress else {
      failures = 0
      return .improved
    }
    failures += 1
    if failures % dropPatience == 0 { rateFactor = max(rateFactor * drop, min(floor, rateFactor)) }
    return failures == patience ? .exhausted : .failed
  }
}
