import Data
import Features
import Logs
import Support

/// Logs that a split divides, encoded: the same parts, by the same encoder, as those of an
/// ``EncodingJob``.
package struct EncodedLogs: Sendable {
  /// The encoder, learned from the training rows alone unless one was given.
  package let encoder: FeatureEncoder
  /// How many rows the split leaves out.
  package let leftOut: Int
  /// The bytes of rows that are not in memory but in files without names.
  package let spilled: Int
  /// What the encoder has learned beside what it knew; nil where it did not grow.
  package let growth: EncoderGrowth?
  private let parts: [Dataset]

  /// A known encoder that learns the values of a further day.
  package struct Growing: Sendable {
    /// What is known of its values from day to day.
    package var ledger: ValueLedger
    package var admission: Admission

    package init(_ ledger: ValueLedger, by admission: Admission) {
      (self.ledger, self.admission) = (ledger, admission)
    }
  }

  /// Where encoded rows are kept.
  package struct Room: Sendable {
    /// The most bytes of rows in memory; those beyond it go into files without names.
    package var memory = Int.max
    /// Where these files are.
    package var folder = TemporaryFolder.path

    /// In memory, all of them.
    package init() {}
  }

  /// Learns an encoder, and encodes the rows.
  ///
  /// - Parameters:
  ///   - training: logs of training rows, read one after the other; those that the split divides.
  ///   - validation: logs of validation rows.
  ///   - test: logs of test rows.
  ///   - schema: what the columns mean; gaps are filled by looking at the training logs.
  ///   - split: nil for none.
  ///   - known: an encoder that is there already; nil to learn one.
  ///   - growing: what lets the known encoder learn the training rows' new values; nil to leave it as it is.
  ///   - vocabularyMemory: the most bytes that the counted values may take, and after them those that
  ///     are kept; counts beyond it go to disk for a while.
  ///   - room: where the rows are kept.
  ///   - policy: what becomes of bad rows in the passes before the last one.
  ///   - rejected: what becomes of rows that are not as the schema says, to be finished by the caller;
  ///     where nil, the first one is an error.
  /// - Throws: ``UserError`` for a row that is not to be passed over, and for a split that the schema
  ///   has no column for.
  package init(
    _ training: [LogSource], validation: [LogSource] = [], test: [LogSource] = [],
    schema: Schema = Schema(), split: DataSplit? = nil, encoder known: FeatureEncoder? = nil,
    growing: Growing? = nil, vocabularyMemory: Int = .max,
    room: Room = Room(), rejecting rejected: RejectedRows? = nil
  ) throws {
    let rejected = try rejected ?? RejectedRows(.stop)
    let completed = try known.map { ($0.schema, []) } ?? schema.completed(from: training)
    try split?.check(completed.0)
    var encoding = LogEncoding(
      training.map { ($0, .train) } + validation.map { ($0, .valid) } + test.map { ($0, .test) })
    (encoding.split, encoding.vocabularyMemory) = (split, vocabularyMemory)
    let counts = try encoding.count(completed.0, rejected.policy)
    func silent() throws -> RejectedRows { try RejectedRows(rejected.policy.silent) }
    if let known, let growing {
      growth = try encoding.grow(
        known, growing.ledger, by: growing.admission, counts, rejecting: silent())
    } else {
      growth = nil
    }
    let encoder =
      try growth?.encoder ?? known ?? encoding.learn(completed, counts, rejecting: silent())
    let rows = MemoryRows(encoder, limit: room.memory, spillingTo: room.folder)
    try encoding.encode(by: encoder, counts, rejecting: rejected) { block, _ in
      try rows.append(block)
      block.done()
    }
    self.encoder = encoder
    (leftOut, spilled) = (rows.leftOut, rows.spilled)
    parts = DataSplit.Part.allCases.map(rows.dataset)
  }

  /// The rows of a part, none where it has none.
  package func rows(_ part: DataSplit.Part) -> Dataset {
    parts[DataSplit.Part.allCases.firstIndex(of: part)!]
  }
}

extension FeatureEncoder {
  /// Learns vocabularies, means and list lengths from the training data, on all cores.
  ///
  /// - Parameters:
  ///   - schema: what the columns mean; its gaps are filled by ``Schema/completed(from:)``.
  ///   - sources: the training data, read one after the other.
  ///   - memoryLimit: the most bytes that the counted values may take, and after them those that are
  ///     kept; counts beyond it go to disk for a while.
  ///   - spillFolder: where to; nil for `TMPDIR` or `/var/tmp`.
  ///   - rejected: what becomes of rows that are not as the schema says; where nil, the first one is
  ///     an error.
  /// - Throws: ``UserError`` for a row that is not to be passed over, for more values than a limit
  ///   allows, for vocabularies that take more memory than they may, and for a full disk.
  package static func fit(
    _ schema: Schema = Schema(), to sources: [LogSource], memoryLimit: Int = .max,
    spillFolder: String? = nil, rejecting rejected: RejectedRows? = nil
  ) throws -> FeatureEncoder {
    var encoding = LogEncoding(sources.map { ($0, .train) })
    encoding.vocabularyMemory = memoryLimit
    if let spillFolder { encoding.spillFolder = spillFolder }
    return try encoding.learn(
      schema.completed(from: sources), nil, rejecting: rejected ?? RejectedRows(.stop))
  }

  /// Learns from files.
  package static func fit(
    _ schema: Schema = Schema(), to files: [String]
  ) throws -> FeatureEncoder {
    try fit(schema, to: files.map(LogSource.file))
  }

  /// Encodes logs, one after the other, into one dataset in memory, on all cores.
  ///
  /// Values that were not seen in training go to their field's out-of-vocabulary row; columns that
  /// the schema does not name are ignored.
  ///
  /// - Parameters:
  ///   - sources: logs with the columns of the training data.
  ///   - labels: whether a log without labels will do, as for prediction.
  ///   - rejected: what becomes of rows that are not as the schema says; where nil, the first one is
  ///     an error.
  /// - Throws: ``UserError`` for a row that is not to be passed over.
  package func encode(
    _ sources: [LogSource], labels: LabelPolicy = .required,
    rejecting rejected: RejectedRows? = nil
  ) throws -> Dataset {
    var encoding = LogEncoding(sources.map { ($0, .train) })
    encoding.labels = labels
    let rows = MemoryRows(self, spillingTo: TemporaryFolder.path)
    try encoding.encode(by: self, nil, rejecting: rejected ?? RejectedRows(.stop)) { block, _ in
      try rows.append(block)
      block.done()
    }
    return rows.dataset(.train)
  }

  /// Encodes files.
  package func encode(_ files: [String], labels: LabelPolicy = .required) throws -> Dataset {
    try encode(files.map(LogSource.file), labels: labels)
  }
}
