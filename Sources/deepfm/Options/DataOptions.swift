import ArgumentParser
import Datasets
import DeepFMKit
import Support

/// The rows of a training run: logs, or a folder of encoded rows.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder that deepfm encode made, in place of logs.", valueName: "folder"),
    completion: .directory)
  var data: String?

  @Flag(help: "Do not hold the folder's bytes against their checksums first.")
  var trust = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The training log: one or more files, patterns, or - for standard input.",
      discussion: "CSV, TSV, JSON lines, Criteo's format, libsvm, libffm; plain or packed.",
      valueName: "file"), completion: .file())
  var train: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The validation log; without it a part of the training rows is held out.",
      valueName: "file"), completion: .file())
  var valid: [String] = []

  @OptionGroup var schema: SchemaOptions
  @OptionGroup var split: SplitOptions

  func validate() throws {
    guard data != nil || !train.isEmpty else {
      throw ValidationError("name the training log with --train, or encoded rows with --data")
    }
    guard data == nil || train.isEmpty else {
      throw ValidationError("--data holds training rows already; leave out --train")
    }
    guard split.isGiven, split.split != SplitOptions.Rule.none else { return }
    guard data == nil else {
      throw ValidationError("--data is divided already; leave out --split and what belongs to it")
    }
    guard valid.isEmpty else {
      throw ValidationError("validation rows come from --valid or from --split: leave out one")
    }
  }

  /// The folder of encoded rows, nil where logs are given.
  func folder() throws -> DatasetFolder? {
    guard let data else { return nil }
    guard schema.schema == nil && valid.isEmpty else {
      throw ValidationError("--data holds schema and validation rows already; leave out the others")
    }
    return try DatasetFolder(data, verify: !trust)
  }

  @OptionGroup var rejection: RejectionOptions
  @OptionGroup var vocabulary: VocabularyOptions

  /// Reads and encodes the logs, telling what it does.
  ///
  /// - Parameters:
  ///   - encoder: that of an earlier training; nil to learn one.
  ///   - growing: what lets it learn the logs' new values; nil to leave it as it is.
  ///   - test: the logs that judge the trained model, where they are named.
  ///   - settings: the settings that were given as flags.
  ///   - place: where the results go; rows that are too many for memory are kept beside it meanwhile,
  ///     or where nil among the temporary files.
  ///   - rejected: what becomes of bad rows, where the caller has more logs to read by it and
  ///     finishes it.
  func load(
    _ configuration: TrainingConfiguration, encoder: FeatureEncoder? = nil,
    growing: EncodedLogs.Growing? = nil, test: [String] = [], settings: TrainingSettings,
    beside place: String? = nil, _ console: Console,
    rejecting given: RejectedRows? = nil
  ) throws -> TrainingData {
    let (sources, validation, tests) = (
      try LogSource.named(train), try LogSource.named(valid), try LogSource.named(test)
    )
    let policy = try rejection.policy(
      reading: sources + validation + tests, results: [place], files: [schema.schema])
    let repetitions = LogSource.repetitions(training: sources, validation: validation, test: tests)
    for note in repetitions { console.say("note: \(note)") }
    if let folder = try folder() {
      let data = try load(folder, configuration, console)
      guard encoder == nil || data.encoder == encoder else { throw TrainingError.foreignRows }
      guard !test.isEmpty else { return data }
      return TrainingData(
        encoder: data.encoder, training: data.training, validation: data.validation,
        test: try data.encoder.encode(tests, rejecting: given))
    }
    let start = ContinuousClock.now
    let rejected = try given ?? RejectedRows(policy)
    var schema = try schema.read(for: sources, console)
    let split = try split(over: schema.split, configuration, test, settings, console)
    schema.split = nil
    let data = try TrainingData(
      training: sources, validation: validation, test: tests,
      schema: schema, split: split, encoder: encoder, growing: growing,
      configuration: configuration,
      vocabularyMemory: vocabulary.memory(),
      room: Self.room(beside: place), rejecting: rejected)
    if given == nil { try finish(rejected, console) }
    let seconds = (ContinuousClock.now - start).seconds
    for note in data.encoder.notes { console.say("note: \(note)") }
    let layout = data.encoder.layout
    console.say(
      "encoded \(data.training.rows) training and \(data.validation?.rows ?? 0) validation rows, "
        + "\(layout.fields) fields, \(layout.features) features in \(duration(seconds))"
        + (data.spilled > 0 ? "; \(bytes(data.spilled)) of rows on disk while it trains" : ""))
    console.say(
      meaning(
        of: data.encoder.schema, clicks: data.training.clicks, rows: data.training.rows))
    warn(of: data, console)
    if let text = lostValues(data.training.statistics, rows: data.training.rows) {
      console.say("training rows: \(text)")
    }
    return data
  }

  /// Names fields that nearly know the label. What is inferred was looked at already.
  private func warn(of data: TrainingData, _ console: Console) {
    guard !schema.isInferred else { return }
    for warning in RowSample(data.encoder, of: data.training).warnings {
      console.say("note: \(warning)")
    }
  }

  /// Some MiB of rows in memory, and the others in files of the folder around the results: encoding then
  /// takes as much memory as that of deepfm encode, whatever the log's length.
  private static func room(beside place: String?) -> EncodedLogs.Room {
    var room = EncodedLogs.Room()
    room.memory = 32 << 20
    if let place { room.folder = existingFolder(around: place) }
    return room
  }

  /// How the training log is divided; nil where validation rows are named, or held out as the
  /// configuration says.
  private func split(
    over schema: DataSplit?, _ configuration: TrainingConfiguration, _ test: [String],
    _ settings: TrainingSettings, _ console: Console
  ) throws -> DataSplit? {
    let holdsOut = settings.all.contains { $0.key == "valid_fraction" }
    let others = [
      valid.isEmpty ? nil : "--valid", test.isEmpty ? nil : "--test",
      holdsOut ? "--valid-fraction" : nil,
    ].compactMap(\.self)
    let result = try split.resolved(over: schema, unless: others, console)
    if let result, holdsOut, configuration.validFraction > 0 {
      throw ValidationError(
        "validation rows come from --valid-fraction or from a split (\(result)): leave out one")
    }
    if let result, !test.isEmpty, result.hasTestRows {
      throw ValidationError(
        "test rows come from --test or from a split (\(result)): leave out --test, or give a split "
          + "of two sizes, --sizes 0.9,0.1")
    }
    return result
  }

  /// Takes encoded rows, telling what they are.
  private func load(
    _ folder: DatasetFolder, _ configuration: TrainingConfiguration, _ console: Console
  ) throws -> TrainingData {
    for change in folder.changedInputs() {
      console.say("note: \(change) since it was encoded; encode it again to use the new rows")
    }
    let data = try TrainingData(folder, configuration: configuration)
    let layout = data.encoder.layout
    console.say(
      "\(folder.path): \(data.training.rows) training and \(data.validation?.rows ?? 0) validation "
        + "rows, \(layout.fields) fields, \(layout.features) features")
    console.say(
      meaning(
        of: data.encoder.schema, clicks: data.training.clicks, rows: data.training.rows))
    warn(of: data, console)
    return data
  }
}
