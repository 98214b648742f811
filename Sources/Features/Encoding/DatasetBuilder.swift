/// Collects encoded rows in memory.
struct DatasetBuilder: EncodedRowSink {
  private let encoder: FeatureEncoder
  private let weighted: Bool
  private let hasWeights: Bool
  private var ids: [Int32] = []
  private var values: [Float] = []
  private var labels: [Float] = []
  private var weights: [Float] = []

  init(encoder: FeatureEncoder) {
    self.encoder = encoder
    weighted = encoder.layout.weighted
    hasWeights = encoder.schema.weight != nil
  }

  mutating func append(_ row: EncodedRow) {
    ids.append(contentsOf: row.ids)
    if weighted { values.append(contentsOf: row.values) }
    labels.append(row.head.label)
    if hasWeights { weights.append(row.head.weight) }
  }

  /// The rows so far.
  func dataset(isLabelled: Bool, statistics: [FieldStatistics]) -> Dataset {
    Dataset(
      layout: encoder.layout, ids: ids, values: weighted ? values : nil, labels: labels,
      weights: hasWeights ? weights : nil, isLabelled: isLabelled, statistics: statistics)
  }
}
