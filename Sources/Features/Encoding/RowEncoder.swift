/// One encoded row, valid while its sink takes it.
struct EncodedRow {
  /// Feature ids, [slots], ``Batch/absent`` in empty slots.
  let ids: UnsafeBufferPointer<Int32>
  /// The x of each slot, [slots]; all 1 or in empty slots 0 where the layout is not weighted.
  let values: UnsafeBufferPointer<Float>
  /// Its place, label and weight.
  let head: RowHead
}

/// Takes encoded rows, in the order of the log.
protocol EncodedRowSink {
  mutating func append(_ row: EncodedRow)
}

/// The second pass: turns the values of each row into ids, and hands it to a sink.
struct RowEncoder<Sink: EncodedRowSink>: RowConsumer {
  /// Where the rows go.
  var sink: Sink
  /// Owns the vocabularies that the targets point to.
  private let encoder: FeatureEncoder
  private let logBucket = LogBucket()
  private var targets: [Target]
  private var statistics: [FieldStatistics]
  /// The fields of which the mean is taken.
  private let means: [Int]
  private var pending = PendingValues()
  // The row that is being built.
  private var head = RowHead(row: 0, source: 0, line: 0)
  private var rowIDs: [Int32]
  private var rowValues: [Float]

  /// Where the values of one field go. Nothing in it is counted by reference but its boundaries.
  private struct Target {
    let encoding: Schema.Field.Encoding
    let table: UnsafeMutablePointer<ByteTableStorage>
    /// The row of unknown values; −1 where every value has a row.
    let unknownID: Int32
    let missingID: Int32
    let firstValueID: Int32
    let start: Int
    let slots: Int
    let mean: Double
    let deviation: Double
    let boundaries: [Double]
    let hash: StableHash
    let buckets: Int
    /// The values of the row that is being built.
    var length = 0
  }

  init(_ encoder: FeatureEncoder, into sink: Sink) {
    self.encoder = encoder
    self.sink = sink
    var next = 0
    targets = encoder.fields.map { field in
      defer { next += field.slots }
      return Target(
        encoding: field.field.effectiveEncoding, table: field.vocabulary.table.storage,
        unknownID: field.unknownID ?? -1, missingID: field.missingID,
        firstValueID: field.firstValueID, start: next, slots: field.slots, mean: field.mean,
        deviation: field.deviation, boundaries: field.boundaries,
        hash: field.field.hash ?? .xxh64, buckets: field.field.buckets ?? 1)
    }
    means = encoder.fields.indices.filter { encoder.fields[$0].field.isMean }
    rowIDs = [Int32](repeating: Batch.absent, count: encoder.layout.slots)
    rowValues = [Float](repeating: 0, count: encoder.layout.slots)
    statistics = encoder.noStatistics
  }

  /// What each field held since the last call.
  mutating func takeStatistics() -> [FieldStatistics] {
    defer { statistics = encoder.noStatistics }
    return statistics
  }

  mutating func beginRow(_ head: RowHead) -> Bool {
    self.head = head
    for slot in rowIDs.indices {
      rowIDs[slot] = Batch.absent
      rowValues[slot] = 0
    }
    for field in targets.indices { targets[field].length = 0 }
    pending.removeAll()
    return true
  }

  @inline(__always)
  private mutating func put(_ id: Int32, _ x: Float, field: Int) {
    let length = targets[field].length
    guard length < targets[field].slots else {
      statistics[field].cut += 1
      return
    }
    let slot = targets[field].start + length
    rowIDs[slot] = id
    rowValues[slot] = x
    targets[field].length = length + 1
  }

  @inline(__always)
  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    if targets[field].encoding == .hash {
      let bucket = targets[field].hash.bucket(of: bytes, of: targets[field].buckets)
      put(targets[field].firstValueID + Int32(truncatingIfNeeded: bucket), value, field: field)
      return
    }
    let key = ByteKey(bytes)
    targets[field].table.pointee.prefetch(key)
    pending.append(.init(key: key, x: value, field: Int32(truncatingIfNeeded: field)))
  }

  @inline(__always)
  private mutating func look(up key: ByteKey, x: Float, field: Int) {
    let rank = targets[field].table.pointee.find(key)
    if rank < 0 {
      statistics[field].unknown += 1
      put(targets[field].unknownID, x, field: field)
    } else {
      put(targets[field].firstValueID + Int32(truncatingIfNeeded: rank), x, field: field)
    }
  }

  mutating func number(_ number: Double, field: Int) {
    switch targets[field].encoding {
    case .logBucket:
      LogBucket.withKey(of: logBucket(number)) { look(up: $0, x: 1, field: field) }
    case .quantiles, .boundaries:
      let bucket = targets[field].boundaries.bucket(of: number)
      put(targets[field].firstValueID + Int32(truncatingIfNeeded: bucket), 1, field: field)
    default:
      let x = (number - targets[field].mean) / targets[field].deviation
      put(targets[field].firstValueID, Float(x), field: field)
    }
  }

  mutating func missing(field: Int) {
    statistics[field].missing += 1
    put(targets[field].missingID, 1, field: field)
  }

  mutating func endRow() {
    for index in 0..<pending.count {
      let value = pending[index]
      look(up: value.key, x: value.x, field: Int(value.field))
    }
    for field in means where targets[field].length > 1 {
      let (start, length) = (targets[field].start, targets[field].length)
      for slot in start..<start + length { rowValues[slot] /= Float(length) }
    }
    rowIDs.withUnsafeBufferPointer { ids in
      rowValues.withUnsafeBufferPointer { values in
        sink.append(EncodedRow(ids: ids, values: values, head: head))
      }
    }
  }
}
