import Data
import Features
import Operators
import Support
import Training

/// What one epoch is worth: trained on the first rows, judged by the last.
package struct EpochBenchmark: Sendable, Codable {
  /// The area under the ROC curve on the held-out rows; nil where they are of one class.
  package let auc: Double?
  /// The mean loss on the held-out rows.
  package let logLoss: Double
  /// The training's time, batch preparation included.
  package let seconds: Double

  /// Trains one epoch.
  ///
  /// - Parameters:
  ///   - backend: what to run on.
  ///   - rows: all rows.
  ///   - trained: how many of them, from the first, to train on; the others are held out.
  ///   - configuration: the model, its recipe and its batch size.
  /// - Throws: as `Network`.
  package static func run(
    on backend: some Backend, _ rows: Dataset, trained: Int, configuration: TrainingConfiguration
  ) throws -> EpochBenchmark {
    let training = rows.selecting(0..<trained)
    let heldOut = rows.selecting(trained..<rows.rows)
    let network = try configuration.trainingNetwork(
      layout: rows.layout, rows: trained, on: backend)
    try network.warmUp(training.batch(of: 0..<min(network.capacity, trained)))
    let start = ContinuousClock.now
    for batch in network.batches(
      of: training, order: .shuffled(seed: configuration.seed, epoch: 1))
    {
      try network.train(batch)
    }
    try backend.finish()
    let seconds = (ContinuousClock.now - start).seconds
    let evaluation = Evaluation(
      probabilities: try network.probabilities(
        of: heldOut, oddsFactor: configuration.negativeRate), labels: heldOut.labels)
    return EpochBenchmark(auc: evaluation.auc, logLoss: evaluation.logLoss, seconds: seconds)
  }
}
