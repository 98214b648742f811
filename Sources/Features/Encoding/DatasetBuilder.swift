/// The second pass: appends encoded rows.
struct DatasetBuilder: RowConsumer {
  var isLabelled = true
  private let encoder: FeatureEncoder
  private let weighted: Bool
  private let hasWeights: Bool
  /// The fields of which the mean is taken.
  private let means: [Int]
  private var ids: [Int32] = []
  private var values: [Float] = []
  private var labels: [Float] = []
  private var weights: [Float] = []
  private var targets: [Target]
  // The row that is being built.
  private var rowIDs: [Int32]
  private var rowValues: [Float]

  /// Where the values of one field go, and what they came to. Nothing in it is counted by
  /// reference but the table.
  private struct Target {
    let table: ByteTable
    let firstID: Int32
    let missingID: Int32
    let start: Int
    let slots: Int
    let isBucket: Bool
    let mean: Double
    let deviation: Double
    /// The values of the row that is being built.
    var length = 0
    var unknown = 0
    var missing = 0
    var cut = 0
  }

  init(encoder: FeatureEncoder) {
    self.encoder = encoder
    weighted = encoder.layout.weighted
    hasWeights = encoder.schema.weight != nil
    var next = 0
    targets = encoder.fields.map { field in
      defer { next += field.slots }
      return Target(
        table: field.vocabulary.table, firstID: field.firstID, missingID: field.missingID,
        start: next, slots: field.slots, isBucket: field.field.numericEncoding == .logBucket,
        mean: field.mean, deviation: field.deviation)
    }
    means = encoder.fields.indices.filter { encoder.fields[$0].field.isMean }
    rowIDs = [Int32](repeating: Batch.absent, count: encoder.layout.slots)
    rowValues = [Float](repeating: 0, count: encoder.layout.slots)
  }

  mutating func beginRow() -> Bool {
    for slot in rowIDs.indices {
      rowIDs[slot] = Batch.absent
      rowValues[slot] = 0
    }
    for field in targets.indices { targets[field].length = 0 }
    return true
  }

  @inline(__always)
  private mutating func put(_ id: Int32, _ x: Float, field: Int) {
    let length = targets[field].length
    guard length < targets[field].slots else {
      targets[field].cut += 1
      return
    }
    let slot = targets[field].start + length
    rowIDs[slot] = id
    rowValues[slot] = x
    targets[field].length = length + 1
  }

  @inline(__always)
  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    let rank = targets[field].table.find(bytes)
    if rank < 0 { targets[field].unknown += 1 }
    let id = targets[field].firstID
    put(rank < 0 ? id : id + 2 + Int32(truncatingIfNeeded: rank), value, field: field)
  }

  mutating func number(_ number: Double, field: Int) {
    if targets[field].isBucket {
      withLogBucketText(number) { token($0, value: 1, field: field) }
    } else {
      let x = (number - targets[field].mean) / targets[field].deviation
      put(targets[field].firstID + 1, Float(x), field: field)
    }
  }

  mutating func missing(field: Int) {
    targets[field].missing += 1
    put(targets[field].missingID, 1, field: field)
  }

  mutating func endRow(label: Float, weight: Float) {
    for field in means where targets[field].length > 1 {
      let (start, length) = (targets[field].start, targets[field].length)
      for slot in start..<start + length { rowValues[slot] /= Float(length) }
    }
    ids.append(contentsOf: rowIDs)
    if weighted { values.append(contentsOf: rowValues) }
    labels.append(label)
    if hasWeights { weights.append(weight) }
  }

  func dataset() -> Dataset {
    Dataset(
      layout: encoder.layout, ids: ids, values: weighted ? values : nil, labels: labels,
      weights: hasWeights ? weights : nil, isLabelled: isLabelled,
      statistics: zip(encoder.fields, targets).map { field, target in
        FieldStatistics(
          field: field.field.name, cardinality: field.rows, unknown: target.unknown,
          missing: target.missing, cut: target.cut)
      })
  }
}
