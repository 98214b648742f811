import Data

/// Collects encoded rows in memory.
struct DatasetBuilder: EncodedRowSink {
  private let encoder: FeatureEncoder
  private let slots: Int
  private let weighted: Bool
  private let hasWeights: Bool
  private let hasTimes: Bool
  private let hasGroups: Bool
  private var ids: [Int32] = []
  private var values: [Float] = []
  private var labels: [Float] = []
  private var weights: [Float] = []
  private var times: [Int64] = []
  private var groups: [UInt64] = []

  init(encoder: FeatureEncoder) {
    self.encoder = encoder
    slots = encoder.layout.slots
    weighted = encoder.layout.weighted
    hasWeights = encoder.schema.weight != nil
    hasTimes = encoder.schema.time != nil
    hasGroups = encoder.schema.group != nil
  }

  mutating func append(_ row: EncodedRow) {
    ids.append(contentsOf: UnsafeBufferPointer(start: row.ids, count: slots))
    if let x = row.values { values.append(contentsOf: UnsafeBufferPointer(start: x, count: slots)) }
    labels.append(row.head.label)
    if hasWeights { weights.append(row.head.weight) }
    if hasTimes { times.append(row.head.time) }
    if hasGroups { groups.append(row.head.group) }
  }

  /// The rows so far.
  func dataset(isLabelled: Bool, statistics: [FieldStatistics]) -> Dataset {
    Dataset(
      layout: encoder.layout, ids: ids, values: weighted ? values : nil, labels: labels,
      weights: hasWeights ? weights : nil, times: hasTimes ? times : nil,
      groups: hasGroups ? groups : nil, isLabelled: isLabelled, statistics: statistics)
  }
}
