import Operators
import Support

/// What a training run tells while it goes.
public indirect enum TrainingEvent: Sendable {
  /// Memory is made, the warm-up follows.
  case started(TrainingStart)
  /// A setting, or what became of it, can hardly be meant; in one line with what to do.
  case doubted(String)
  /// Something to know of what it starts from, in one line.
  case noted(String)
  /// The device's compiler has done its work, the first step follows.
  case warmedUp(Duration)
  /// Something of the training that comes before the model's own, before its warm-up.
  case pretraining(TrainingEvent)
  /// Training goes on behind these epochs of an earlier one, with its weights' validation metrics; nil
  /// without validation rows.
  case resumed(epochs: Int, Evaluation?)
  /// An epoch goes on; at most every half second.
  case progress(TrainingProgress)
  /// An epoch was trained and validated.
  case epochFinished(EpochRecord, EpochTiming)
  /// The epoch did not improve; the learning rate is lower from now on.
  case rateDropped(to: Float)
  /// The monitor cannot be had, and another one takes its place: the AUC is undefined since all
  /// validation rows have the same label.
  case monitorReplaced(Monitor, by: Monitor, reason: Metrics.Undefined?)
  /// A checkpoint was written.
  case checkpoint(CheckpointNote)
  /// A checkpoint could not be written; the one before is still there. Says why.
  case checkpointFailed(String)
  /// Training goes on from a checkpoint.
  case takenUp(epoch: Int, step: Int)
  /// The odds of all probabilities are multiplied by a factor: so many clicks are then predicted for the validation
  /// rows as they have.
  case recalibrated(oddsFactor: Float)
  /// The end, with the epoch whose weights are kept; nil where no epoch was validated.
  case stopped(StopReason, bestEpoch: Int?)
}

/// What is known of a run before its first step.
public struct TrainingStart: Sendable {
  /// The configuration in force, with what was chosen automatically.
  public let configuration: TrainingConfiguration
  /// What the log decided of it and why, in a line; nil for nothing.
  public let choice: String?
  /// What the backend runs on.
  public let backend: String
  /// The number of training rows.
  public let trainingRows: Int
  /// The number of validation rows.
  public let validationRows: Int
  /// The number of distinct features.
  public let features: Int
  /// The number of fields.
  public let fields: Int
  /// The number of trained parameters.
  public let parameters: Int
  /// All buffers.
  package let plan: MemoryPlan
}

/// A checkpoint that was written.
public struct CheckpointNote: Sendable, Hashable {
  /// The epoch under way, from 1.
  public let epoch: Int
  /// The training steps made.
  public let step: Int
  /// What writing it took, beside the training.
  public let duration: Duration
}

/// How far a run is.
public struct TrainingProgress: Sendable {
  /// The epoch under way, from 1.
  public let epoch: Int
  /// The most epochs there can be.
  public let epochs: Int
  /// The samples of this epoch trained so far.
  public let samples: Int
  /// The samples of an epoch.
  public let samplesTotal: Int
  /// The mean loss of the last few steps.
  public let loss: Double
  /// The speed of this epoch so far.
  public let timing: EpochTiming
  /// Until this epoch is trained.
  public let epochTimeLeft: Duration
  /// Until all epochs are trained, if no early stop comes before.
  public let timeLeftAtMost: Duration
}

/// Where an epoch's time went.
public struct EpochTiming: Sendable, Hashable, Codable {
  /// Training, from the first batch to the last step's end.
  public var training = Duration.zero
  /// The part of it spent waiting for the loader.
  public var loaderWait = Duration.zero
  /// The part of it spent handing work to the device and waiting for it.
  public var device = Duration.zero
  /// Validation.
  public var validation = Duration.zero
  /// The samples trained.
  public var samples = 0

  /// Samples trained a second of training.
  public var samplesPerSecond: Double {
    training > .zero ? Double(samples) / training.seconds : 0
  }
}

/// Why a run ended.
public enum StopReason: Sendable, Hashable, CustomStringConvertible {
  /// As many epochs in a row as patience allows did not improve.
  case noImprovement(epochs: Int)
  /// All epochs were made.
  case allEpochs
  /// ``Cancellation/cancel()`` was called.
  case cancelled
  /// The loss was no longer a number; the best epoch before that is kept.
  case diverged
  /// Predictions for validation rows were no longer numbers; the best epoch before that is kept.
  case validationNotANumber

  public var description: String {
    switch self {
    case .noImprovement(let epochs): "no improvement in \(epochs) epochs"
    case .allEpochs: "all epochs made"
    case .cancelled: "cancelled"
    case .diverged: "the loss is no longer a number"
    case .validationNotANumber: "predictions for validation rows are no longer numbers"
    }
  }
}
