/// Turns rows of a log into ids, the same way for training, validation, test and prediction.
///
/// It is learned from the training data in a first pass (``fit(_:to:split:)``), encodes any number
/// of logs in a second one (``encode(_:labels:)``), and is saved with the model. The rows of the
/// embedding table are numbered field by field in the schema's order.
public struct FeatureEncoder: Sendable, Codable, Equatable {
  /// The completed schema.
  public let schema: Schema
  /// The fields, in the schema's order.
  public let fields: [FieldEncoder]
  /// The layout of every batch.
  public let layout: BatchLayout
  /// What was assumed where the schema said nothing, for a person to read.
  public let notes: [String]

  /// Learns vocabularies, means and list lengths from the training data.
  ///
  /// - Parameters:
  ///   - schema: what the columns mean; its gaps are filled by ``Schema/completed(from:)``.
  ///   - sources: the training data, read one after the other.
  ///   - split: where given, only the rows of its first part count.
  /// - Throws: ``InputError`` for the first row that is not as the schema says.
  public static func fit(
    _ schema: Schema = Schema(), to sources: [LogSource], split: RandomSplit? = nil
  ) throws -> FeatureEncoder {
    let (schema, notes) = try schema.completed(from: sources)
    var fitter = Fitter(schema: schema, split: split)
    for source in sources {
      _ = try Rows.read(source, by: schema, labels: .required, into: &fitter)
    }
    return FeatureEncoder(schema: schema, fields: fitter.fields(), notes: notes)
  }

  /// Learns from files; see ``fit(_:to:split:)-(_,[LogSource],_)``.
  public static func fit(
    _ schema: Schema = Schema(), to files: [String], split: RandomSplit? = nil
  ) throws -> FeatureEncoder {
    try fit(schema, to: files.map(LogSource.file), split: split)
  }

  private init(schema: Schema, fields: [FieldEncoder], notes: [String]) {
    self.schema = schema
    self.fields = fields
    self.notes = notes
    layout = BatchLayout(
      features: fields.reduce(0) { $0 + $1.rows }, fields: fields.count,
      slotFields: fields.enumerated().flatMap { [Int](repeating: $0, count: $1.slots) },
      weighted: schema.fields.contains(where: \.carriesValues))
  }

  /// Encodes logs, one after the other, into one dataset.
  ///
  /// Values that were not seen in training go to their field's out-of-vocabulary row; columns that
  /// the schema does not name are ignored.
  ///
  /// - Parameters:
  ///   - sources: logs with the columns of the training data.
  ///   - labels: whether a log without labels will do, as for prediction.
  /// - Throws: ``InputError`` for the first row that is not as the schema says.
  public func encode(
    _ sources: [LogSource], labels: LabelPolicy = .required
  ) throws -> Dataset {
    var builder = DatasetBuilder(encoder: self)
    for source in sources {
      let labelled = try Rows.read(source, by: schema, labels: labels, into: &builder)
      builder.isLabelled = builder.isLabelled && labelled
    }
    return builder.dataset()
  }

  /// Encodes files; see ``encode(_:labels:)-([LogSource],_)``.
  public func encode(_ files: [String], labels: LabelPolicy = .required) throws -> Dataset {
    try encode(files.map(LogSource.file), labels: labels)
  }
}
