import Data
import Logs
import Support

/// The second pass: turns the values of rows into ids, a column at a time.
///
/// One thread's: it has memory of its own.
package final class ColumnEncoder {
  /// Owns the vocabularies that the targets point to.
  private let encoder: FeatureEncoder
  private let logBucket = LogBucket()
  let buffer = KeyBuffer()
  private let targets: [Target]
  let slots: Int
  /// How many values ahead places are fetched.
  private static let ahead = 10

  /// Where the values of one field go.
  struct Target {
    let field: Int
    let encoding: Schema.Field.Encoding
    let table: UnsafeMutablePointer<StringTableStorage>
    /// Stands for the field, where what is known of a dictionary is kept for all who encode by the same encoder.
    let key: StringTable
    /// The row of unknown values; −1 where every value has a row.
    let unknownID: Int32
    let missingID: Int32
    let firstValueID: Int32
    let start: Int
    let slots: Int
    let mean: Double
    let deviation: Double
    /// The largest x of a number, either way.
    let farthest: Double
    let boundaries: [Double]
    /// Of a piecewise-linear number.
    let levels: PiecewiseLevels
    /// Of a periodic number.
    let waves: PeriodicWaves
    let hash: StableHash
    let buckets: Int
    let isMean: Bool
    /// The rows of the first log-buckets, which then need no look-up.
    let bucketIDs: [Int32]
  }

  package init(_ encoder: FeatureEncoder) {
    self.encoder = encoder
    slots = encoder.layout.slots
    var next = 0
    targets = encoder.fields.enumerated().map { index, field in
      defer { next += field.slots }
      return Target(
        field: index, encoding: field.field.effectiveEncoding,
        table: field.vocabulary.table.storage, key: field.vocabulary.table,
        unknownID: field.unknownID ?? -1, missingID: field.missingID,
        firstValueID: field.firstValueID, start: next, slots: field.slots, mean: field.mean,
        deviation: field.deviation, farthest: field.farthest,
        boundaries: field.boundaries, levels: field.levels, waves: field.waves,
        hash: field.field.hash ?? .xxh64, buckets: field.field.buckets ?? 1,
        isMean: field.field.isMean, bucketIDs: field.bucketIDs)
    }
  }

  /// Appends rows of a batch to a buffer.
  ///
  /// - Parameters:
  ///   - selection: the rows, as records of the batch.
  ///   - statistics: gets what each field held, see ``FeatureEncoder/noStatistics``.
  package func encode(
    _ selection: UnsafeBufferPointer<Int32>, of rows: RowBatch, into buffer: RowBuffer,
    _ statistics: inout [FieldStatistics]
  ) {
    guard selection.count > 0 else { return }
    let first = buffer.extend(by: selection.count)
    let ids = buffer.ids.base + first * slots
    let values = buffer.kind.isWeighted ? buffer.values.base + first * slots : nil
    for target in targets { encode(target, selection, of: rows, ids, values, &statistics) }
    func copy<Element>(
      _ source: UnsafeMutablePointer<Element>, to target: UnsafeMutablePointer<Element>
    ) {
      for index in 0..<selection.count { target[first + index] = source[Int(selection[index])] }
    }
    copy(rows.labels, to: buffer.labels.base)
    if buffer.kind.hasWeights { copy(rows.weights, to: buffer.weights.base) }
    if buffer.kind.hasTimes { copy(rows.times, to: buffer.times.base) }
    if buffer.kind.hasGroups { copy(rows.groups, to: buffer.groups.base) }
  }

  /// Writes the ids and values of some fields, and leaves those of the others.
  ///
  /// - Parameters:
  ///   - fields: the fields, by their numbers.
  ///   - selection: the rows, as records of the batch.
  ///   - ids: [rows × slots]
  ///   - values: [rows × slots], nil where all are 1.
  func encode(
    _ fields: [Int], _ selection: UnsafeBufferPointer<Int32>, of rows: RowBatch,
    _ ids: UnsafeMutablePointer<Int32>, _ values: UnsafeMutablePointer<Float>?,
    _ statistics: inout [FieldStatistics]
  ) {
    for field in fields {
      encode(targets[field], selection, of: rows, ids, values, &statistics)
    }
  }

  @inline(__always)
  private func encode(
    _ target: Target, _ selection: UnsafeBufferPointer<Int32>, of rows: RowBatch,
    _ ids: UnsafeMutablePointer<Int32>, _ values: UnsafeMutablePointer<Float>?,
    _ statistics: inout [FieldStatistics]
  ) {
    switch target.encoding {
    case .vocabulary, .hash:
      encodeTexts(target, selection, of: rows, ids, values, &statistics[target.field])
    case .piecewise:
      encodePlaces(target, selection, of: rows, ids, values!, &statistics[target.field]) {
        target.levels.write($0, first: target.firstValueID, $1, $2)
      }
    case .periodic:
      encodePlaces(target, selection, of: rows, ids, values!, &statistics[target.field]) {
        target.waves.write($0, first: target.firstValueID, $1, $2)
      }
    default: encodeNumbers(target, selection, of: rows, ids, values, &statistics[target.field])
    }
  }

  private func encodeTexts(
    _ target: Target, _ selection: UnsafeBufferPointer<Int32>, of rows: RowBatch,
    _ ids: UnsafeMutablePointer<Int32>, _ values: UnsafeMutablePointer<Float>?,
    _ statistics: inout FieldStatistics
  ) {
    if let codes = rows.codes(of: target.field) {
      let table = self.ids(of: codes.dictionary, target, missing: rows.columns.missing)
      return encode(codes.values, by: table, target, selection, ids, values, &statistics)
    }
    let (keys, places) = (buffer.keys, buffer.places)
    let (width, isHashed) = (slots, target.encoding == .hash)
    var (waiting, length, missing, cut, unknown) = (0, 0, 0, 0, 0)
    // The first slot of the row under way.
    var slot = target.start
    rows.forEachValue(
      of: target.field, in: selection,
      value: { bytes, x in
        guard length < target.slots else {
          cut &+= 1
          return
        }
        let place = slot &+ length
        length &+= 1
        values?[place] = x
        if isHashed {
          let bucket = target.hash.bucket(of: bytes, of: target.buckets)
          ids[place] = target.firstValueID &+ Int32(truncatingIfNeeded: bucket)
          return
        }
        (keys[waiting], places[waiting]) = (ByteKey(bytes), place)
        waiting &+= 1
        if waiting == KeyBuffer.capacity {
          unknown &+= lookUp(waiting, target, ids)
          waiting = 0
        }
      },
      missing: {
        missing &+= 1
        ids[slot] = target.missingID
        values?[slot] = 1
        length = 1
      },
      end: { _ in
        if target.slots > 1 {
          for empty in length..<target.slots {
            ids[slot &+ empty] = Batch.absent
            values?[slot &+ empty] = 0
          }
          if let values, target.isMean, length > 1 {
            for filled in 0..<length { values[slot &+ filled] /= Float(length) }
          }
        }
        length = 0
        slot &+= width
      })
    if waiting > 0 { unknown &+= lookUp(waiting, target, ids) }
    statistics.unknown += unknown
    statistics.missing += missing
    statistics.cut += cut
  }

  /// Looks up the values that wait; returns how many are unknown.
  func lookUp(_ count: Int, _ target: Target, _ ids: UnsafeMutablePointer<Int32>) -> Int {
    let (table, keys, places) = (target.table, buffer.keys, buffer.places)
    let (first, unknownID) = (target.firstValueID, target.unknownID)
    for index in 0..<min(Self.ahead, count) { table.pointee.prefetch(keys[index]) }
    var unknown = 0
    for index in 0..<count {
      if index &+ Self.ahead < count { table.pointee.prefetch(keys[index &+ Self.ahead]) }
      let rank = table.pointee.find(keys[index])
      unknown &+= rank < 0 ? 1 : 0
      ids[places[index]] = rank < 0 ? unknownID : first &+ Int32(truncatingIfNeeded: rank)
    }
    return unknown
  }

  private func encodeNumbers(
    _ target: Target, _ selection: UnsafeBufferPointer<Int32>, of rows: RowBatch,
    _ ids: UnsafeMutablePointer<Int32>, _ values: UnsafeMutablePointer<Float>?,
    _ statistics: inout FieldStatistics
  ) {
    let numbers = rows.numbers(of: target.field)
    var (missing, unknown, bounded) = (0, 0, 0)
    var slot = target.start
    for record in selection {
      let number = numbers[Int(record)]
      if number.isNaN {
        missing &+= 1
        ids[slot] = target.missingID
        values?[slot] = 1
      } else if target.encoding == .logBucket {
        let id = id(ofBucket: logBucket(number), target)
        unknown &+= id == target.unknownID ? 1 : 0
        ids[slot] = id
        values?[slot] = 1
      } else if target.encoding == .quantiles || target.encoding == .boundaries {
        let bucket = target.boundaries.bucket(of: number)
        ids[slot] = target.firstValueID &+ Int32(truncatingIfNeeded: bucket)
        values?[slot] = 1
      } else {
        ids[slot] = target.firstValueID
        let x = (number - target.mean) / target.deviation
        bounded &+= abs(x) > target.farthest ? 1 : 0
        values?[slot] = Float(min(max(x, -target.farthest), target.farthest))
      }
      slot &+= slots
    }
    statistics.unknown += unknown
    statistics.missing += missing
    if bounded > 0 { statistics.bounded = (statistics.bounded ?? 0) + bounded }
  }

  @inline(__always)
  private func encodePlaces(
    _ target: Target, _ selection: UnsafeBufferPointer<Int32>, of rows: RowBatch,
    _ ids: UnsafeMutablePointer<Int32>, _ values: UnsafeMutablePointer<Float>,
    _ statistics: inout FieldStatistics,
    _ write: (Double, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Float>) -> Void
  ) {
    let numbers = rows.numbers(of: target.field)
    var slot = target.start
    for record in selection {
      let number = numbers[Int(record)]
      if number.isNaN {
        statistics.missing += 1
        (ids[slot], values[slot]) = (target.missingID, 1)
        for empty in slot &+ 1..<slot &+ target.slots {
          (ids[empty], values[empty]) = (Batch.absent, 0)
        }
      } else {
        write(number, ids + slot, values + slot)
      }
      slot &+= slots
    }
  }

  @inline(__always)
  private func id(ofBucket bucket: Int, _ target: Target) -> Int32 {
    if 0..<FieldEncoder.bucketCount ~= bucket { return target.bucketIDs[bucket] }
    let rank = LogBucket.withKey(of: bucket) { target.table.pointee.find($0) }
    return rank < 0
      ? target.unknownID : target.firstValueID + Int32(truncatingIfNeeded: rank)
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
