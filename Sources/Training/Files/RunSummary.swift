import Foundation
import Support

/// What a training run came to: the content of its `metrics.json`.
package struct RunSummary: Sendable, Codable, Hashable {
  /// The model's name.
  package var model: String
  /// What it ran on.
  package var backend: String
  /// How many numbers were trained.
  package var parameters: Int
  /// The metrics of the training rows by the model that training went on from; nil where they were not scored.
  package var before: Evaluation?
  /// The metrics of the best epoch on the validation rows; nil where there were none.
  package var validation: Evaluation?
  /// The metrics on the test rows; nil where there were none.
  package var test: Evaluation?
  /// The epoch whose weights were kept, from 1; nil where none was validated.
  package var bestEpoch: Int?
  /// The epochs made.
  package var epochs: Int
  /// The steps behind the weights that were kept.
  package var steps: Int
  /// Why the run ended.
  package var stopped: String
  /// From the start to the end in seconds, with pre-training, warm-up and validation.
  package var seconds: Double
  /// Training alone, all epochs, in seconds.
  package var trainingSeconds: Double
  /// Training alone up to the end of the best epoch, in seconds.
  package var trainingSecondsToBest: Double
  /// Samples trained a second of training.
  package var samplesPerSecond: Double
  /// The epochs of pre-training; nil where there was none.
  package var pretrainingEpochs: Int?
  /// Pre-training from start to end in seconds, with warm-up and validation; nil where there was none.
  package var pretrainingSeconds: Double?
  /// Pre-training alone, without warm-up and validation, in seconds; nil where there was none.
  package var pretrainingTrainingSeconds: Double?

  enum CodingKeys: String, CodingKey {
    case model, backend, parameters, before, validation, test, epochs, steps, stopped, seconds
    case bestEpoch = "best_epoch"
    case trainingSeconds = "training_seconds"
    case trainingSecondsToBest = "training_seconds_to_best"
    case samplesPerSecond = "samples_per_second"
    case pretrainingEpochs = "pretraining_epochs"
    case pretrainingSeconds = "pretraining_seconds"
    case pretrainingTrainingSeconds = "pretraining_training_seconds"
  }

  /// The summary of a run.
  ///
  /// - Parameters:
  ///   - before: the metrics of the training rows by the model that training went on from, where they were scored.
  ///   - test: the metrics on test rows, where there are any.
  package init(_ run: TrainingRun, before: Evaluation? = nil, test: Evaluation? = nil) {
    func seconds(_ timings: some Sequence<EpochTiming>) -> Double {
      timings.reduce(0) { $0 + $1.training.seconds }
    }
    model = run.model.configuration.model
    backend = run.backend
    parameters = run.parameters
    validation = run.model.validation
    (self.before, self.test) = (before, test)
    bestEpoch = run.model.bestEpoch
    epochs = run.model.history.count
    steps = run.model.step
    stopped = run.reason.description
    self.seconds = run.duration.seconds
    trainingSeconds = seconds(run.timings)
    trainingSecondsToBest = seconds(run.timings.prefix(run.model.bestEpoch ?? run.timings.count))
    samplesPerSecond = run.samplesPerSecond
    pretrainingEpochs = run.pretraining?.timings.count
    pretrainingSeconds = run.pretraining?.duration.seconds
    pretrainingTrainingSeconds = run.pretraining.map { seconds($0.timings) }
  }
}

/// An epoch of a run: a line of its `history.csv`.
package struct RunEpoch: Sendable, Hashable {
  /// The model it trained: the run's own, or that of its pre-training.
  package var model: String
  /// The epoch, from 1.
  package var epoch: Int
  /// The mean of the batches' losses.
  package var trainingLoss: Double
  /// The validation AUC; nil where there is none.
  package var auc: Double?
  /// The validation log loss; nil where there is none.
  package var logLoss: Double?
  /// The learning rate.
  package var learningRate: Double
  /// Whether it was the best so far.
  package var improved: Bool
  /// Training alone, in seconds.
  package var seconds: Double
}
