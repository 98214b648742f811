import Data
import Datasets
import Features
import Logs
import Support

/// What a run learns from: an encoder, and training and validation rows that it encoded.
package struct TrainingData: Sendable {
  /// The encoder, learned from the training rows alone.
  package let encoder: FeatureEncoder
  /// The rows to learn from.
  package let training: Dataset
  /// The rows that decide which epoch is the best; nil for none.
  package let validation: Dataset?
  /// The rows that a split, or an encoded dataset, keeps for judging the trained model; nil for none.
  package let test: Dataset?
  /// The bytes of rows that are kept in files without names, see ``EncodedLogs/Room``.
  package private(set) var spilled = 0
  /// What the encoder has learned beside what it knew; nil where it did not grow.
  package private(set) var growth: EncoderGrowth?

  /// Learns an encoder and encodes logs.
  ///
  /// - Parameters:
  ///   - training: the training log, in one or several parts.
  ///   - validation: the validation log; where it is empty, ``TrainingConfiguration/validFraction``
  ///     of the training rows are held out at random by the seed.
  ///   - test: logs of rows that judge the trained model.
  ///   - schema: what the columns mean; gaps are filled by looking at the log.
  ///   - known: the encoder of an earlier training, which then stays as it is; nil to learn one.
  ///   - growing: what lets that encoder learn the training rows' new values; nil to leave it as it is. The model
  ///     to go on from is to grow with it, see ``TrainedModel/grown(_:from:)``.
  ///   - split: divides the training log; nil for that of the schema, where there are no validation
  ///     logs, or else for none.
  ///   - configuration: its fraction and seed matter here.
  ///   - vocabularyMemory: the most bytes that the counted values may take; counts beyond it go to
  ///     disk for a while.
  ///   - room: where the encoded rows are kept; in memory, all of them, unless set otherwise.
  ///   - rejected: what becomes of rows that are not as the schema says; where nil, the first one is
  ///     an error. The caller finishes it.
  /// - Throws: `UserError` for a row that is not to be passed over, and for a split that leaves no
  ///   training rows, or no validation rows where the configuration wants some.
  package init(
    training: [LogSource], validation: [LogSource] = [], test: [LogSource] = [],
    schema: Schema = Schema(), split: DataSplit? = nil, encoder known: FeatureEncoder? = nil,
    growing: EncodedLogs.Growing? = nil, configuration: TrainingConfiguration,
    vocabularyMemory: Int = FeatureEncoder.defaultVocabularyMemory,
    room: EncodedLogs.Room = EncodedLogs.Room(), rejecting rejected: RejectedRows? = nil
  ) throws {
    let asked = split ?? (validation.isEmpty ? schema.split : nil)
    let share = Double(configuration.validFraction)
    let holdsOut = asked == nil && validation.isEmpty && share > 0
    let logs = try EncodedLogs(
      training, validation: validation, test: test, schema: schema,
      split: holdsOut ? .holdingOut(share, seed: configuration.seed) : asked, encoder: known,
      growing: growing,
      vocabularyMemory: vocabularyMemory, room: room, rejecting: rejected)
    let hasValidation = !validation.isEmpty || holdsOut
    func rows(_ part: DataSplit.Part) -> Dataset? {
      logs.rows(part).rows > 0 ? logs.rows(part) : nil
    }
    if asked != nil {
      guard rows(.train) != nil else { throw UserError.noTrainingRows }
      guard rows(.valid) != nil || share == 0 else {
        throw UserError(
          "split", found: "no validation rows", expected: "some, to tell which epoch is the best",
          remedy: "give them a size, or train with --valid-fraction 0")
      }
    }
    self.init(
      encoder: logs.encoder, training: logs.rows(.train),
      validation: hasValidation ? logs.rows(.valid) : rows(.valid), test: rows(.test))
    (spilled, growth) = (logs.spilled, logs.growth)
  }

  /// The rows of an encoded dataset, mapped.
  ///
  /// - Throws: `UserError` where it has no validation rows and the configuration wants some.
  package init(_ folder: DatasetFolder, configuration: TrainingConfiguration) throws {
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
  package init(
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
