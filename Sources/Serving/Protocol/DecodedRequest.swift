import Data

/// A request as it goes to a model.
struct DecodedRequest {
  /// What the client calls it; nil where it does not.
  var id: String?
  /// The rows, encoded.
  var batch: Batch
  /// What their fields held.
  var statistics: [FieldStatistics]
  /// The most microseconds from arrival to the answer; nil for no bound of its own.
  var timeout: Int?
  /// Where the rows are to be shown: one a row, one for all, or none.
  var places: [Int]
  /// How the answer is to be written.
  var answer: AnswerForm
}

/// How an answer is to be written.
enum AnswerForm {
  /// The protocol's tensors; probabilities in JSON or behind it; nil where none are asked for.
  case tensors(isBinary: Bool?)
  /// One number a row.
  case predictions
}
