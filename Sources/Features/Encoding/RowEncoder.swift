import Data
import Support

/// One encoded row, valid while its sink takes it.
struct EncodedRow {
  /// Feature ids, [slots], ``Batch/absent`` in empty slots.
  let ids: UnsafePointer<Int32>
  /// The x of each slot, [slots], 0 in empty ones; nil where the layout is not weighted: all are 1.
  let values: UnsafePointer<Float>?
  /// Its place, label and weight.
  let head: RowHead
}

/// Takes encoded rows, in the order of the log.
protocol EncodedRowSink {
  mutating func append(_ row: EncodedRow)
}

/// The second pass: turns the values of each row into ids, and hands it to a sink.
///
/// Some rows at a time: their values are looked up field by field, see ``ValueColumns``. At the end of
/// a block the sink has all of its rows.
struct RowEncoder<Sink: EncodedRowSink>: RowConsumer {
  /// Where the rows go.
  var sink: Sink
  /// Owns the vocabularies that the targets point to.
  private let encoder: FeatureEncoder
  private let logBucket = LogBucket()
  private let fields: Int
  private let slots: Int
  private let isWeighted: Bool
  private let targets: UnsafeMutablePointer<Target>
  /// How many slots of each field the row fills so far.
  private let lengths: UnsafeMutablePointer<Int>
  private let columns: ValueColumns
  /// The fields of which the mean is taken.
  private let means: [Int]
  /// The rows whose values wait to be looked up: [rows, slots], and one head each.
  private let ids: UnsafeMutablePointer<Int32>
  private let values: UnsafeMutablePointer<Float>
  private let heads: UnsafeMutablePointer<RowHead>
  private let capacity: Int
  private var count = 0
  /// Keeps the memory of all that.
  private let owners: [AnyObject]

  /// Where the values of one field go, and what it held.
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
    /// The rows of the first log-buckets, which then need no look-up.
    let bucketIDs: [Int32]
    var statistics: FieldStatistics
  }

  init(_ encoder: FeatureEncoder, into sink: Sink) {
    self.encoder = encoder
    self.sink = sink
    var next = 0
    let targets = zip(encoder.fields, encoder.noStatistics).map { field, statistics in
      defer { next += field.slots }
      return Target(
        encoding: field.field.effectiveEncoding, table: field.vocabulary.table.storage,
        unknownID: field.unknownID ?? -1, missingID: field.missingID,
        firstValueID: field.firstValueID, start: next, slots: field.slots, mean: field.mean,
        deviation: field.deviation, boundaries: field.boundaries,
        hash: field.field.hash ?? .xxh64, buckets: field.field.buckets ?? 1,
        bucketIDs: field.bucketIDs, statistics: statistics)
    }
    means = encoder.fields.indices.filter { encoder.fields[$0].field.isMean }
    (fields, slots) = (encoder.fields.count, encoder.layout.slots)
    isWeighted = encoder.layout.weighted
    // Rows that the second level of the cache holds with their values.
    capacity = min(max(1 << 14 / max(slots, 1), 1), 256)
    let memory = (
      FixedArray(targets), FixedArray(repeating: 0, count: fields),
      FixedArray(repeating: Batch.absent, count: capacity * slots),
      FixedArray(repeating: Float(0), count: isWeighted ? capacity * slots : 0),
      FixedArray(repeating: RowHead(row: 0, source: 0, line: 0), count: capacity)
    )
    owners = [memory.0, memory.1, memory.2, memory.3, memory.4]
    (self.targets, lengths) = (memory.0.base, memory.1.base)
    (ids, values, heads) = (memory.2.base, memory.3.base, memory.4.base)
    columns = ValueColumns(fields: fields)
  }

  /// What each field held since the last call.
  mutating func takeStatistics() -> [FieldStatistics] {
    defer {
      for (field, none) in encoder.noStatistics.enumerated() { targets[field].statistics = none }
    }
    return (0..<fields).map { targets[$0].statistics }
  }

  mutating func beginRow(_ head: RowHead) -> Bool {
    heads[count] = head
    (ids + count &* slots).update(repeating: Batch.absent, count: slots)
    if isWeighted { (values + count &* slots).update(repeating: 0, count: slots) }
    lengths.update(repeating: 0, count: fields)
    return true
  }

  /// The next slot of a field, where x is noted; nil where a list is too long.
  @inline(__always)
  private func slot(_ field: Int, _ x: Float) -> Int? {
    let length = lengths[field]
    guard length < targets[field].slots else {
      targets[field].statistics.cut += 1
      return nil
    }
    lengths[field] = length &+ 1
    let slot = count &* slots &+ targets[field].start &+ length
    if isWeighted { values[slot] = x }
    return slot
  }

  @inline(__always)
  private func put(_ id: Int32, _ x: Float, field: Int) {
    if let slot = slot(field, x) { ids[slot] = id }
  }

  @inline(__always)
  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    if targets[field].encoding == .hash {
      let bucket = targets[field].hash.bucket(of: bytes, of: targets[field].buckets)
      put(targets[field].firstValueID + Int32(truncatingIfNeeded: bucket), value, field: field)
      return
    }
    guard let slot = slot(field, value) else { return }
    if columns.append(bytes, slot: Int32(truncatingIfNeeded: slot), field: field) {
      look(up: field)
    }
  }

  /// Looks up the values of a field that wait.
  private func look(up field: Int) {
    let (table, first) = (targets[field].table, targets[field].firstValueID)
    let unknownID = targets[field].unknownID
    var unknown = 0
    columns.empty(field, into: table) { key, slot in
      let rank = table.pointee.find(key)
      unknown &+= rank < 0 ? 1 : 0
      ids[Int(slot)] = rank < 0 ? unknownID : first &+ Int32(truncatingIfNeeded: rank)
    }
    targets[field].statistics.unknown += unknown
  }

  @inline(__always)
  mutating func number(_ number: Double, field: Int) {
    switch targets[field].encoding {
    case .logBucket: put(bucket: logBucket(number), field: field)
    case .quantiles, .boundaries:
      let bucket = targets[field].boundaries.bucket(of: number)
      put(targets[field].firstValueID + Int32(truncatingIfNeeded: bucket), 1, field: field)
    default:
      let x = (number - targets[field].mean) / targets[field].deviation
      put(targets[field].firstValueID, Float(x), field: field)
    }
  }

  @inline(__always)
  private func put(bucket: Int, field: Int) {
    let id: Int32
    if 0..<FieldEncoder.bucketCount ~= bucket {
      id = targets[field].bucketIDs[bucket]
    } else {
      let rank = LogBucket.withKey(of: bucket) { targets[field].table.pointee.find($0) }
      id =
        rank < 0
        ? targets[field].unknownID : targets[field].firstValueID + Int32(truncatingIfNeeded: rank)
    }
    if id == targets[field].unknownID { targets[field].statistics.unknown += 1 }
    put(id, 1, field: field)
  }

  @inline(__always)
  mutating func missing(field: Int) {
    targets[field].statistics.missing += 1
    put(targets[field].missingID, 1, field: field)
  }

  mutating func endRow() {
    for field in means where lengths[field] > 1 {
      let start = count * slots + targets[field].start
      for slot in start..<start + lengths[field] { values[slot] /= Float(lengths[field]) }
    }
    count += 1
    if count == capacity || columns.textSize > 1 << 18 { endBlock() }
  }

  mutating func endBlock() {
    for field in 0..<fields where columns.count(of: field) > 0 { look(up: field) }
    columns.removeText()
    for row in 0..<count {
      sink.append(
        EncodedRow(
          ids: ids + row * slots, values: isWeighted ? values + row * slots : nil,
          head: heads[row]))
    }
    count = 0
  }
}

extension FieldEncoder {
  /// How many log-buckets from 0 on have a row that is known beforehand.
  fileprivate static let bucketCount = 256

  fileprivate var bucketIDs: [Int32] {
    guard field.effectiveEncoding == .logBucket else { return [] }
    return (0..<Self.bucketCount).map { bucket in
      let rank = LogBucket.withKey(of: bucket) { vocabulary.table.find($0) }
      return rank < 0 ? firstID : firstValueID + Int32(rank)
    }
  }
}
