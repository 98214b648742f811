import Data
import Features
import Support

/// What a run learns from: an encoder, and training and validation rows that it encoded.
public struct TrainingData: Sendable {
  /// The encoder, learned from the training rows alone.
  public let encoder: FeatureEncoder
  /// The rows to learn from.
  public let training: Dataset
  /// The rows that decide which epoch is the best; nil for none.
  public let validation: Dataset?
  /// The rows that a split, or an encoded dataset, keeps for judging the trained model; nil for none.
  public let test: Dataset?

  /// Learns an encoder and encodes logs.
  ///
  /// - Parameters:
  ///   - training: the training log, in one or several parts.
  ///   - validation: the validation log; where it is empty, ``TrainingConfiguration/validFraction``
  ///     of the training rows are held out at random by the seed.
  ///   - schema: what the columns mean; gaps are filled by looking at the log.
  ///   - known: the encoder of an earlier training, which then stays as it is; nil to learn one.
  ///   - split: divides the training log; nil for that of the schema, where there are no validation
  ///     logs, or else for none.
  ///   - configuration: its fraction and seed matter here.
  ///   - vocabularyMemory: the most bytes that the counted values may take; counts beyond it go to
  ///     disk for a while.
  ///   - rejected: what becomes of rows that are not as the schema says; where nil, the first one is
  ///     an error. The caller finishes it.
  /// - Throws: `UserError` for a row that is not to be passed over.
  public init(
    training: [LogSource], validation: [LogSource] = [], schema: Schema = Schema(),
    split: DataSplit? = nil, encoder known: FeatureEncoder? = nil,
    configuration: TrainingConfiguration,
    vocabularyMemory: Int = FeatureEncoder.defaultVocabularyMemory,
    rejecting rejected: RejectedRows? = nil
  ) throws {
    if let split = split ?? (validation.isEmpty ? schema.split : nil) {
      let rows = try SplitRows(
        training, schema: schema, split: split, encoder: known, memoryLimit: vocabularyMemory,
        rejecting: rejected)
      try self.init(rows, configuration: configuration)
      return
    }
    // Where the training log is read twice, its bad rows are counted once.
    let again =
      known == nil ? try rejected.map { _ in try RejectedRows(RejectionPolicy(.skip)) } : rejected
    let fraction = Double(configuration.validFraction)
    let encoder: FeatureEncoder
    guard validation.isEmpty, fraction > 0 else {
      encoder =
        try known
        ?? FeatureEncoder.fit(
          schema, to: training, memoryLimit: vocabularyMemory, rejecting: rejected)
      self.init(
        encoder: encoder, training: try encoder.encode(training, rejecting: again),
        validation: validation.isEmpty
          ? nil : try encoder.encode(validation, rejecting: rejected))
      return
    }
    let split = RandomSplit([1 - fraction, fraction], seed: configuration.seed)
    encoder =
      try known
      ?? FeatureEncoder.fit(
        schema, to: training, split: split, memoryLimit: vocabularyMemory, rejecting: rejected)
    let parts = try encoder.encode(training, rejecting: again).split(by: split)
    self.init(encoder: encoder, training: parts[0], validation: parts[1])
  }

  /// Rows that a split has divided.
  ///
  /// - Throws: `UserError` where no validation rows are among them and the configuration wants some.
  private init(_ rows: SplitRows, configuration: TrainingConfiguration) throws {
    let validation = rows.rows(.valid)
    guard validation != nil || configuration.validFraction == 0 else {
      throw UserError(
        "split", found: "no validation rows", expected: "some, to tell which epoch is the best",
        remedy: "give them a size, or train with --valid-fraction 0")
    }
    self.init(
      encoder: rows.encoder, training: rows.rows(.train)!, validation: validation,
      test: rows.rows(.test))
  }

  /// The rows of an encoded dataset, mapped.
  ///
  /// - Throws: `UserError` where it has no validation rows and the configuration wants some.
  public init(_ folder: DatasetFolder, configuration: TrainingConfiguration) throws {
    guard let training = folder.rows(.train) else { throw TrainingError.noRows }
    let validation = folder.rows(.valid)
    guard validation != nil || configuration.validFraction == 0 else {
      throw UserError(
        folder.path, found: "no validation rows", expected: "some, to tell which epoch is the best",
        remedy: "encode with --split random or --valid, or train with --valid-fraction 0")
    }
    self.init(
      encoder: folder.encoder, training: training, validation: validation, test: folder.rows(.test))
  }

  /// Rows that are encoded already.
  ///
  /// - Precondition: `encoder` encoded them.
  public init(
    encoder: FeatureEncoder, training: Dataset, validation: Dataset?, test: Dataset? = nil
  ) {
    precondition(training.layout == encoder.layout)
    precondition(validation == nil || validation?.layout == encoder.layout)
    self.encoder = encoder
    self.training = training
    self.validation = validation
    self.test = test
  }
}
