import Support

/// How far the pass over an epoch's rows is.
struct EpochPlace: Sendable, Codable, Hashable {
  /// The steps made.
  var steps = 0
  /// The sum of the batches' losses collected so far.
  var collected = 0.0
  /// Steps since the loss was last collected.
  var pending = 0
  /// The sum of their losses.
  var pendingLoss = 0.0
  /// Where the time went so far.
  var timing = EpochTiming()
}

/// Where a training stands between two steps, beside the numbers of its network.
package struct TrainingPlace: Sendable, Codable, Hashable {
  /// The epoch under way, from 1.
  package internal(set) var epoch: Int
  /// How far it is.
  var pass: EpochPlace
  /// The schedule.
  var plateau: Plateau
  /// What decides which epoch is the best, and what the epochs so far have come to.
  var standing: Standing
  /// The epoch whose weights are the best so far; nil before the first validated one.
  var bestEpoch: Int?
  /// How many looks are in the average of weights; nil where none is made.
  var averagedLooks: Int?
  /// The epochs made, and where their time went.
  var history: [EpochRecord]
  var timings: [EpochTiming]
  /// The pre-training that is over; nil where there was none.
  var pretraining: Pretraining?
  var pretrainingCost: TrainingRun.PretrainingCost?
  /// From the start to here.
  var elapsed: Duration
  /// A hash of the rows.
  let rows: String
}

/// All that a training needs to go on as if it had never been interrupted.
package struct Checkpoint: Sendable {
  /// Where it stands.
  package let place: TrainingPlace
  /// Whether it is the training of the model that the one asked for starts from.
  package internal(set) var isPretraining = false
  /// The model as it is, with the optimizer's state.
  package let current: TrainedModel
  /// The best model so far; nil before the first validated epoch.
  package let best: TrainedModel?
  /// The average of the last epochs' weights; nil where there is none yet.
  package let average: TrainedModel?
  /// What others keep with it.
  package internal(set) var attachment: String?
}
