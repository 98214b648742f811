import Features
import Operators
import Random
import Training

/// The cross-check of whole training: the same batches from the same seed on the reference and on
/// another backend, step by step.
package struct Verification: Sendable {
  /// One step's losses.
  package struct Step: Sendable {
    /// The step, from 1.
    package let step: Int
    /// The loss on the reference.
    package let reference: Double
    /// The loss on the other backend.
    package let device: Double
    /// |device − reference| / |reference|; infinite where only one is a number.
    package var relativeDifference: Double {
      guard reference != device else { return 0 }
      let difference = abs(device - reference) / max(abs(reference), .leastNormalMagnitude)
      return difference.isNaN ? .infinity : difference
    }

    /// - Parameters: the step, from 1, and its two losses.
    package init(step: Int, reference: Double, device: Double) {
      self.step = step
      self.reference = reference
      self.device = device
    }
  }

  /// How far a parameter's numbers are apart after the last step.
  package struct Difference: Sendable {
    /// The parameter's name.
    package let parameter: String
    /// The largest absolute difference.
    package let largest: Double
    /// The reference's largest magnitude, to hold the difference against.
    package let scale: Double
  }

  /// The steps.
  package let steps: [Step]
  /// Each parameter, in the order of the model's graph.
  package let parameters: [Difference]

  /// The largest relative difference of a step's losses.
  package var largestLossDifference: Double {
    steps.map(\.relativeDifference).max() ?? 0
  }

  /// The parameter that is furthest apart; nil for a model without any.
  package var largestParameterDifference: Difference? {
    parameters.max { $0.largest < $1.largest }
  }

  /// Trains on both.
  ///
  /// - Parameters:
  ///   - data: its training rows, in as many epochs as the steps take.
  ///   - configuration: the model and its recipe; the learning rate stays where it starts.
  ///   - backend: what to hold against the reference.
  ///   - count: the number of steps.
  ///   - cancellation: ends after the step under way.
  ///   - report: called after each step.
  /// - Throws: as ``Trainer``.
  package static func run<B: Backend>(
    _ data: TrainingData, configuration: TrainingConfiguration, backend: B, steps count: Int,
    cancellation: Cancellation = Cancellation(), report: (Step) -> Void = { _ in }
  ) throws -> Verification {
    try compare(
      data, configuration: configuration,
      Trainer(data, configuration: configuration, backend: backend).network, steps: count,
      cancellation: cancellation, report: report)
  }

  /// How far rounding alone takes a training: the reference against itself with all weights shaken
  /// after each step by a millionth, about what the roundings of a pass in single precision add up to.
  ///
  /// Where a relu's input is near 0, rounding decides whether the unit takes part; from then on the
  /// two trainings go apart, faster and faster, though neither is wrong.
  ///
  /// - Parameters: as those of ``run(_:configuration:backend:steps:cancellation:report:)``.
  package static func runPerturbed(
    _ data: TrainingData, configuration: TrainingConfiguration, steps count: Int,
    cancellation: Cancellation = Cancellation(), report: (Step) -> Void = { _ in }
  ) throws -> Verification {
    let perturbed = try Trainer(
      data, configuration: configuration, backend: ReferenceBackend()
    ).network
    var random = RandomStream(seed: configuration.seed, purpose: "verification")
    return try compare(
      data, configuration: configuration, perturbed, steps: count, cancellation: cancellation,
      report: report
    ) {
      var snapshot = try perturbed.snapshot()
      for name in snapshot.parameters.keys.sorted() {
        snapshot.parameters[name] = snapshot.parameters[name]?.map {
          $0 * (1 + 1e-6 * (2 * random.uniform() - 1))
        }
      }
      try perturbed.restore(snapshot)
    }
  }

  /// The first step whose losses differ by more than `tolerance`; nil if there is none.
  package func firstStep(beyond tolerance: Double) -> Int? {
    steps.first { $0.relativeDifference > tolerance }?.step
  }

  private static func compare<B: Backend>(
    _ data: TrainingData, configuration: TrainingConfiguration, _ device: Network<B>,
    steps count: Int, cancellation: Cancellation, report: (Step) -> Void,
    afterStep: () throws -> Void = {}
  ) throws -> Verification {
    let reference = try Trainer(
      data, configuration: configuration, backend: ReferenceBackend()
    ).network
    var steps: [Step] = []
    try forEachBatch(
      of: data, configuration, batchSize: device.capacity, count: count, cancellation
    ) { batch in
      try device.train(batch)
      try reference.train(batch)
      steps.append(
        Step(
          step: steps.count + 1, reference: try reference.losses().last,
          device: try device.losses().last))
      report(steps[steps.count - 1])
      try afterStep()
    }
    return Verification(
      steps: steps, parameters: try differences(reference.snapshot(), device.snapshot(), device))
  }

  private static func differences<B: Backend>(
    _ reference: Snapshot<Double>, _ other: Snapshot<B.Scalar>, _ network: Network<B>
  ) -> [Difference] {
    network.graph.parameters.filter(\.isSaved).map { parameter in
      var (largest, scale) = (0.0, 0.0)
      let pairs = zip(
        reference.parameters[parameter.name] ?? [], other.parameters[parameter.name] ?? [])
      for (expected, found) in pairs {
        let difference = abs(Double(found) - expected)
        largest = difference.isNaN ? .infinity : max(largest, difference)
        scale = max(scale, abs(expected))
      }
      return Difference(parameter: parameter.name, largest: largest, scale: scale)
    }
  }
}
