/// When to lower the learning rate and when to stop, decided from one number an epoch.
///
/// At every epoch whose number does not exceed the best so far by more than ``minimalGain``, the
/// learning rate is multiplied by ``drop``; after ``patience`` such epochs in a row training ends.
package struct Plateau: Sendable, Hashable, Codable {
  /// Gains up to this one are noise.
  package static let minimalGain = 1e-6

  /// What an epoch's number means.
  package enum Verdict: Sendable, Hashable {
    /// It is the best so far.
    case improved
    /// It is not; the learning rate was lowered, or has reached its floor.
    case failed
    /// It is not, for as many epochs as patience reaches: stop.
    case exhausted
  }

  /// How many epochs in a row may fail; 0 never stops.
  package let patience: Int
  /// What the learning rate is multiplied by at a failure.
  package let drop: Float
  /// The least factor of the initial learning rate.
  package let floor: Float

  /// What the initial learning rate is multiplied by now.
  package private(set) var rateFactor: Float = 1
  /// The best number so far; nil before the first.
  package private(set) var best: Double?
  /// How many epochs have failed since the last improvement.
  package private(set) var failures = 0

  /// - Parameters:
  ///   - patience: how many epochs in a row may fail; 0 never stops.
  ///   - drop: what the learning rate is multiplied by at a failure, in 0 to 1.
  ///   - floor: the least factor of the initial learning rate, in 0 to 1.
  package init(patience: Int, drop: Float, floor: Float) {
    self.patience = patience
    self.drop = drop
    self.floor = floor
  }

  /// Takes an epoch's number, the higher the better; one that is not a number is a failure.
  package mutating func record(_ value: Double) -> Verdict {
    if value > (best.map { $0 + Self.minimalGain } ?? -.infinity) {
      best = value
      failures = 0
      return .improved
    }
    failures += 1
    rateFactor = max(rateFactor * drop, min(floor, rateFactor))
    return failures == patience ? .exhausted : .failed
  }
}
