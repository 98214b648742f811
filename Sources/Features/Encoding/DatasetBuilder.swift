/// The second pass: appends encoded rows.
struct DatasetBuilder: RowConsumer {
  var isLabelled = true
  private let encoder: FeatureEncoder
  private let fields: [FieldEncoder]
  private let weighted: Bool
  private let isWeightedLog: Bool
  /// Where each field's slots begin in a row.
  private let slotStarts: [Int]
  private let means: [Int]
  private var ids: [Int32] = []
  private var values: [Float] = []
  private var labels: [Float] = []
  private var weights: [Float] = []
  private var statistics: [FieldStatistics]
  // The row that is being built.
  private var rowIDs: [Int32]
  private var rowValues: [Float]
  private var lengths: [Int]

  init(encoder: FeatureEncoder) {
    self.encoder = encoder
    fields = encoder.fields
    weighted = encoder.layout.weighted
    isWeightedLog = encoder.schema.weight != nil
    var next = 0
    slotStarts = fields.map { field in
      defer { next += field.slots }
      return next
    }
    means = fields.indices.filter { encoder.fields[$0].field.isMean }
    statistics = fields.map { FieldStatistics(field: $0.field.name, cardinality: $0.rows) }
    rowIDs = [Int32](repeating: Batch.absent, count: encoder.layout.slots)
    rowValues = [Float](repeating: 0, count: encoder.layout.slots)
    lengths = [Int](repeating: 0, count: fields.count)
  }

  mutating func beginRow() -> Bool {
    for slot in rowIDs.indices { rowIDs[slot] = Batch.absent }
    if weighted { for slot in rowValues.indices { rowValues[slot] = 0 } }
    for field in lengths.indices { lengths[field] = 0 }
    return true
  }

  @inline(__always)
  private mutating func put(_ id: Int32, _ x: Float, field: Int) {
    let length = lengths[field]
    guard length < fields[field].slots else {
      statistics[field].cut += 1
      return
    }
    rowIDs[slotStarts[field] + length] = id
    rowValues[slotStarts[field] + length] = x
    lengths[field] = length + 1
  }

  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    let id = fields[field].id(of: bytes)
    if id == fields[field].firstID { statistics[field].unknown += 1 }
    put(id, value, field: field)
  }

  mutating func number(_ number: Double, field: Int) {
    let (id, x) = fields[field].input(of: number)
    if id == fields[field].unknownID { statistics[field].unknown += 1 }
    put(id, x, field: field)
  }

  mutating func missing(field: Int) {
    statistics[field].missing += 1
    put(fields[field].missingID, 1, field: field)
  }

  mutating func endRow(label: Float, weight: Float) {
    for field in means where lengths[field] > 1 {
      let start = slotStarts[field]
      for slot in start..<start + lengths[field] { rowValues[slot] /= Float(lengths[field]) }
    }
    ids.append(contentsOf: rowIDs)
    if weighted { values.append(contentsOf: rowValues) }
    labels.append(label)
    if isWeightedLog { weights.append(weight) }
  }

  func dataset() -> Dataset {
    Dataset(
      layout: encoder.layout, ids: ids, values: weighted ? values : nil, labels: labels,
      weights: isWeightedLog ? weights : nil, isLabelled: isLabelled, statistics: statistics)
  }
}
