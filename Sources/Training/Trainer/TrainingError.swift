/// A run that cannot start or has nothing to show.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// There are no training rows.
  case noRows
  /// The rows have no labels; says which rows.
  case noLabels(String)
  /// The loss is not a number, before any epoch was validated.
  case diverged(epoch: Int, rate: Float)
  /// The model to go on from is of another kind or size; says which.
  case otherModel(String)
  /// The rows were encoded by another encoder than the model's.
  case foreignRows

  public var description: String {
    switch self {
    case .noRows:
      "found no training rows, expected at least one; lower valid_fraction or give more rows"
    case .noLabels(let rows):
      "found no label column in the \(rows) rows, expected clicks of 0 or 1; add the column"
    case .diverged(let epoch, let rate):
      "the loss is not a number in epoch \(epoch) at learning rate \(rate), expected it to fall; "
        + "lower learning_rate or set clip_norm"
    case .otherModel(let found):
      "found \(found) to go on from, expected the model that is configured; leave out the settings "
        + "that change its kind or size"
    case .foreignRows:
      "the rows were encoded for another model; encode them with this model's encoder"
    }
  }
}
