import ArgumentParser
import DeepFMKit

/// The logs of a training run.
struct DataOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The training log: CSV, TSV, Criteo's format or libsvm, plain or gzip; one or more files.",
      valueName: "file"))
  var train: [String]

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The validation log; without it a part of the training rows is held out.",
      valueName: "file"))
  var valid: [String] = []

  @Option(
    help: ArgumentHelp(
      "A YAML file that says what the columns mean; without it the log itself decides.",
      valueName: "file"))
  var schema: String?

  /// The schema that was given; an empty one if none.
  func readSchema() throws -> Schema {
    try schema.map { try Schema(file: $0) } ?? Schema()
  }

  /// Reads and encodes the logs, telling what it does.
  func load(_ configuration: TrainingConfiguration, _ console: Console) throws -> TrainingData {
    let start = ContinuousClock.now
    let data = try TrainingData(
      training: train.map(LogSource.file), validation: valid.map(LogSource.file),
      schema: readSchema(), configuration: configuration)
    let seconds = (ContinuousClock.now - start).seconds
    for note in data.encoder.notes { console.say("note: \(note)") }
    let layout = data.encoder.layout
    console.say(
      "encoded \(data.training.rows) training and \(data.validation?.rows ?? 0) validation rows, "
        + "\(layout.fields) fields, \(layout.features) features in \(duration(seconds))")
    return data
  }
}
