/// A run that cannot start or has nothing to show.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// There are no training rows.
  case noRows
  /// The rows have no labels; says which rows.
  case noLabels(String)
  /// The loss is not a number, before any epoch was validated.
  case diverged(epoch: Int, rate: Float)
  /// The training loss is a number, and predictions for validation rows are none, before any epoch was
  /// validated.
  case validationNotANumber(epoch: Int)
  /// All sample weights are 0; says of which rows.
  case noWeight(String)
  /// The model to go on from is of another kind or size; says which.
  case otherModel(String)
  /// The rows were encoded by another encoder than the model's.
  case foreignRows
  /// The checkpoint is of another training; says in what.
  case otherCheckpoint(String)

  public var description: String {
    switch self {
    case .noRows:
      "found no training rows, expected at least one; lower valid_fraction or give more rows"
    case .noLabels(let rows):
      "found no label column in the \(rows) rows, expected clicks of 0 or 1; add the column"
    case .diverged(let epoch, let rate):
      "the loss is not a number in epoch \(epoch) at learning rate \(rate), expected it to fall; "
        + "lower learning_rate or set clip_norm"
    case .validationNotANumber(let epoch):
      "predictions for validation rows are not numbers in epoch \(epoch), though the training loss is "
        + "one, expected numbers; look for values in the validation rows that are far beyond those of "
        + "the training rows"
    case .noWeight(let rows):
      "found a weight of 0 in each of the \(rows) rows, expected some above 0; correct the column of "
        + "weights, or take it out of the schema"
    case .otherModel(let found):
      "found \(found) to go on from, expected the model that is configured; leave out the settings "
        + "that change its kind or size"
    case .otherCheckpoint(let found):
      "found a checkpoint of \(found), expected one of this very training; give the options and logs it "
        + "was begun with, or begin anew with --overwrite and without --resume"
    case .foreignRows:
      "the rows were encoded for another model; encode them with this model's encoder"
    }
  }
}
