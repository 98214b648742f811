/// An epoch's outcome, the same for the same seed and device.
public struct EpochRecord: Sendable, Codable, Hashable {
  /// The epoch, from 1.
  public let epoch: Int
  /// The mean of the batches' losses in training, with dropout and without L2.
  public let trainingLoss: Double
  /// The validation metrics; nil without validation rows.
  public let validation: Evaluation?
  /// The learning rate of the epoch.
  public let learningRate: Float
  /// Whether it is the best so far.
  public let improved: Bool

  enum CodingKeys: String, CodingKey {
    case epoch, validation, improved
    case trainingLoss = "training_loss"
    case learningRate = "learning_rate"
  }
}

/// The training of the model that another one starts from, as it is kept with that other one.
public struct Pretraining: Sendable, Codable, Hashable {
  /// The name of the model that was trained first.
  public let model: String
  /// The epoch whose weights were taken over; nil where none was validated.
  public let bestEpoch: Int?
  /// All its epochs.
  public let history: [EpochRecord]

  enum CodingKeys: String, CodingKey {
    case model, history
    case bestEpoch = "best_epoch"
  }
}
