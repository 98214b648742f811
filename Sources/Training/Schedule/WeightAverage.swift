import Operators

/// The exponential moving average of a network's numbers over its last steps, which is less of the last batches' making
/// than they are themselves.
///
/// At the n-th look w̄ ← w̄ + (w − w̄)/min(n, N), where N looks are made in the epochs it is to reach over: first the plain
/// mean of all looks, later an average that forgets. Optimizer states are not averaged.
struct WeightAverage<Scalar: BinaryFloatingPoint & Sendable>: Sendable {
  /// So many looks an epoch, or one a step where it has fewer.
  static var looksPerEpoch: Int { 32 }

  /// The steps from one look to the next.
  let interval: Int
  /// N.
  private let window: Scalar
  /// The looks so far.
  private(set) var looks: Int
  /// The averages by the parameters' names; nil before the first look.
  private(set) var numbers: Snapshot<Scalar>?

  /// - Parameters:
  ///   - epochs: how many it reaches over, more than 0.
  ///   - steps: the steps of an epoch.
  init(over epochs: Float, stepsPerEpoch steps: Int) {
    interval = max(steps / Self.looksPerEpoch, 1)
    window = max((Scalar(epochs) * Scalar(steps) / Scalar(interval)).rounded(), 1)
    (looks, numbers) = (0, nil)
  }

  /// Goes on from averages that were kept.
  mutating func resume(looks: Int, numbers: Snapshot<Scalar>) {
    (self.looks, self.numbers) = (looks, numbers)
  }

  /// Forgets all looks.
  mutating func restart() { (looks, numbers) = (0, nil) }

  /// Takes a network's numbers in, without its optimizers' states.
  mutating func look(at snapshot: Snapshot<Scalar>) {
    looks += 1
    guard var numbers else {
      numbers = snapshot
      return
    }
    // No copy is made of what is changed.
    self.numbers = nil
    let share = 1 / min(Scalar(looks), window)
    for (name, values) in snapshot.parameters {
      approach(&numbers.parameters[name, default: []], values, share)
    }
    self.numbers = numbers
  }
}

/// w̄ ← w̄ + share · (w − w̄).
@_specialize(where Scalar == Float)
private func approach<Scalar: BinaryFloatingPoint>(
  _ averages: inout [Scalar], _ values: [Scalar], _ share: Scalar
) {
  for index in averages.indices { averages[index] += share * (values[index] - averages[index]) }
}
