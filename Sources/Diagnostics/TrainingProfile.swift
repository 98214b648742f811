import Data
import Features
import Models
import Operators
import Random
import Support
import Training

/// Where a training step's time goes, on a network made for the purpose: what is trained on is thrown
/// away.
package struct TrainingProfile: Sendable {
  /// The recorded steps.
  package let steps: StepProfile
  /// What the device did at best in the same run.
  package let ceiling: Roofline
  /// Seconds a step that preparing its batch takes, on one core.
  package let preparation: Double

  /// Measures the device's ceiling and some steps.
  ///
  /// - Parameters:
  ///   - backend: one that profiles.
  ///   - rows: the rows to train on, as often as it takes.
  ///   - configuration: the model, its recipe and its batch size.
  ///   - steps: how many steps to record, after some that are not.
  /// - Throws: as `Network`.
  package static func run(
    on backend: OpenCLBackend, _ rows: Dataset, configuration: TrainingConfiguration,
    steps: Int = 20
  ) throws -> TrainingProfile {
    let batchSize = configuration.batchSize(forRows: rows.rows)
    let ceiling = try Roofline.measure(on: backend)
    let network = try configuration.trainingNetwork(
      layout: rows.layout, rows: rows.rows, on: backend)
    var random = RandomStream(seed: configuration.seed, purpose: "profile")
    var preparation = Duration.zero
    func batch() -> Batch {
      let places = (0..<min(batchSize, rows.rows)).map { _ in
        Int(random.next() % UInt64(rows.rows))
      }
      let start = ContinuousClock.now
      defer { preparation += ContinuousClock.now - start }
      return rows.batch(of: places)
    }
    for _ in 0..<3 { try network.train(batch()) }
    preparation = .zero
    let profile = try StepProfile.record(network, steps: steps, batch: batch)
    return TrainingProfile(
      steps: profile, ceiling: ceiling, preparation: preparation.seconds / Double(steps))
  }
}
