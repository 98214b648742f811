import ArgumentParser
import Datasets
import DeepFMKit
import Support

/// How a training that goes on takes in the values of a further day.
struct NewIDOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "With --from: values that the model does not know and that occur often enough (min_count) get rows of their own.",
      discussion:
        "Each such training is a day: rarer values are counted on, at half their count each day, in "
        + "ids.json beside the model. First the rows are scored by the model as it was."))
  var newIds = false

  @Option(
    help: ArgumentHelp(
      "What their rows start from: initial numbers, or the row of unknown values.",
      valueName: "start"))
  var newIdsStart: NewRowStart?

  @Option(
    help: ArgumentHelp(
      "Values that were not seen for so many days lose their rows, which new ones take.",
      valueName: "days"))
  var expireAfter: Int?

  func validate() throws {
    guard newIds || (newIdsStart == nil && expireAfter == nil) else {
      throw ValidationError("--new-ids-start and --expire-after go with --new-ids")
    }
    guard expireAfter ?? 1 >= 1 else { throw ValidationError("--expire-after must be at least 1") }
  }

  /// What lets an encoder learn the day's values; nil to leave it as it is.
  ///
  /// - Parameter path: the model file.
  func growing(_ model: TrainedModel?, at path: String?) throws -> EncodedLogs.Growing? {
    guard newIds else { return nil }
    guard let model, let path else {
      throw ValidationError("--new-ids goes on from a model: name it with --from")
    }
    return EncodedLogs.Growing(
      try RunFolder.ledger(of: model.encoder, at: path), by: Admission(expireAfter: expireAfter))
  }
}

extension NewRowStart: ExpressibleByArgument {}
