import Foundation
import Support

/// What a training run came to: the content of its `metrics.json`.
public struct RunSummary: Sendable, Codable, Hashable {
  /// The model's name.
  public var model: String
  /// What it ran on.
  public var backend: String
  /// How many numbers were trained.
  public var parameters: Int
  /// The metrics of the best epoch on the validation rows; nil where there were none.
  public var validation: Evaluation?
  /// The metrics on the test rows; nil where there were none.
  public var test: Evaluation?
  /// The epoch whose weights were kept, from 1; nil where none was validated.
  public var bestEpoch: Int?
  /// The epochs made.
  public var epochs: Int
  /// The steps behind the weights that were kept.
  public var steps: Int
  /// Why the run ended.
  public var stopped: String
  /// From the start to the end in seconds, with pre-training, warm-up and validation.
  public var seconds: Double
  /// Training alone, all epochs, in seconds.
  public var trainingSeconds: Double
  /// Training alone up to the end of the best epoch, in seconds.
  public var trainingSecondsToBest: Double
  /// Samples trained a second of training.
  public var samplesPerSecond: Double
  /// The epochs of pre-training; nil where there was none.
  public var pretrainingEpochs: Int?
  /// Pre-training from start to end in seconds, with warm-up and validation; nil where there was none.
  public var pretrainingSeconds: Double?
  /// Pre-training alone, without warm-up and validation, in seconds; nil where there was none.
  public var pretrainingTrainingSeconds: Double?

  enum CodingKeys: String, CodingKey {
    case model, backend, parameters, validation, test, epochs, steps, stopped, seconds
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
  /// - Parameter test: the metrics on test rows, where there are any.
  public init(_ run: TrainingRun, test: Evaluation? = nil) {
    func seconds(_ timings: some Sequence<EpochTiming>) -> Double {
      timings.reduce(0) { $0 + $1.training.seconds }
    }
    model = run.model.configuration.model
    backend = run.backend
    parameters = run.parameters
    validation = run.model.validation
    self.test = test
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
public struct RunEpoch: Sendable, Hashable {
  /// The model it trained: the run's own, or that of its pre-training.
  public var model: String
  /// The epoch, from 1.
  public var epoch: Int
  /// The mean of the batches' losses.
  public var trainingLoss: Double
  /// The validation AUC; nil where there is none.
  public var auc: Double?
  /// The validation log loss; nil where there is none.
  public var logLoss: Double?
  /// The learning rate.
  public var learningRate: Double
  /// Whether it was the best so far.
  public var improved: Bool
  /// Training alone, in seconds.
  public var seconds: Double
}
