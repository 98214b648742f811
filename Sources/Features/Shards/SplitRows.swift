import Data
import Support

/// Logs whose rows a split divides, encoded in memory: the same parts, by the same encoder, as those of
/// an ``EncodingJob``.
public struct SplitRows: Sendable {
  /// The encoder, learned from the training rows alone unless one was given.
  public let encoder: FeatureEncoder
  /// How many rows the split leaves out.
  public let leftOut: Int
  private let parts: [Dataset]

  /// Learns an encoder, and encodes the rows.
  ///
  /// - Parameters:
  ///   - sources: the logs, read one after the other, once more where the split asks for exact sizes.
  ///   - schema: what the columns mean; gaps are filled by looking at the logs.
  ///   - split: divides the rows.
  ///   - known: an encoder that is there already; nil to learn one.
  ///   - memoryLimit: the most bytes that the counted values may take, see
  ///     ``FeatureEncoder/fit(_:to:split:memoryLimit:spillFolder:rejecting:)``.
  ///   - rejected: what becomes of rows that are not as the schema says, to be finished by the caller;
  ///     where nil, the first one is an error.
  /// - Throws: ``UserError`` for a row that is not to be passed over, for a split that the schema has
  ///   no column for, and where no row is left to learn from.
  public init(
    _ sources: [LogSource], schema: Schema, split: DataSplit, encoder known: FeatureEncoder? = nil,
    memoryLimit: Int = .max, rejecting rejected: RejectedRows? = nil
  ) throws {
    let (schema, notes) =
      try known.map { ($0.schema, []) } ?? schema.completed(from: sources)
    try split.check(schema)
    let silent = rejected?.policy.silent ?? .stop
    func pass(
      into consumer: inout some RowConsumer, rejecting rejected: RejectedRows
    ) throws {
      _ = try Rows.read(
        sources, by: schema, labels: .required, into: &consumer, rejecting: rejected)
    }

    var counts: RowCounts?
    if split.isExact {
      var counting = CountingConsumer()
      try pass(into: &counting, rejecting: RejectedRows(silent))
      counts = RowCounts()
      counts!.add(counting.counts)
    }
    let splitter = try Splitter(split, counts: counts)
    if let known {
      encoder = known
    } else {
      let tallies = Tallies(
        schema, memoryLimit: memoryLimit, spillingTo: FeatureEncoder.temporaryFolder)
      var learning = TrainingConsumer(
        fitter: Fitter(schema: schema, tallies: tallies), splitter: splitter)
      try pass(into: &learning, rejecting: RejectedRows(silent))
      encoder = try learning.fitter.encoder(notes: notes)
    }
    var encoding = PartsConsumer(encoder, splitter)
    try pass(into: &encoding, rejecting: rejected ?? RejectedRows(.stop))
    leftOut = encoding.leftOut
    parts = encoding.datasets()
    guard parts[0].rows > 0 else { throw UserError.noTrainingRows }
  }

  /// The rows of a part; nil where there are none.
  public func rows(_ part: DataSplit.Part) -> Dataset? {
    let rows = parts[DataSplit.Part.allCases.firstIndex(of: part)!]
    return rows.rows > 0 ? rows : nil
  }
}

extension UserError {
  /// A split that leaves nothing to learn from.
  static var noTrainingRows: UserError {
    UserError(
      "split", found: "no training rows", expected: "at least one",
      remedy: "let the training part have more rows")
  }
}

/// Encodes each row into the dataset of its part.
private struct PartsConsumer: RowConsumer {
  private var encoders: [RowEncoder<DatasetBuilder>]
  private var splitter: Splitter
  private var part = 0
  private(set) var leftOut = 0

  init(_ encoder: FeatureEncoder, _ splitter: Splitter) {
    self.splitter = splitter
    encoders = DataSplit.Part.allCases.map { _ in
      RowEncoder(encoder, into: DatasetBuilder(encoder: encoder))
    }
  }

  mutating func beginRow(_ head: RowHead) -> Bool {
    part = splitter.part(of: head)
    guard part >= 0 else {
      leftOut += 1
      return false
    }
    return encoders[part].beginRow(head)
  }

  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    encoders[part].token(bytes, value: value, field: field)
  }

  mutating func number(_ number: Double, field: Int) {
    encoders[part].number(number, field: field)
  }

  mutating func missing(field: Int) { encoders[part].missing(field: field) }

  mutating func endRow() { encoders[part].endRow() }

  mutating func endBlock() {
    for part in encoders.indices { encoders[part].endBlock() }
  }

  /// The rows of each part.
  mutating func datasets() -> [Dataset] {
    encoders.indices.map { part in
      let statistics = encoders[part].takeStatistics()
      return encoders[part].sink.dataset(isLabelled: true, statistics: statistics)
    }
  }
}
