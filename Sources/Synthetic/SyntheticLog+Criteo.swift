import Data
import Glibc

extension SyntheticLog {
  /// A log shaped like Criteo's: 13 numeric fields in 50 buckets, and 26 categorical ones with the
  /// real log's numbers of values, capped so that there are about a million features in all.
  ///
  /// - Parameters:
  ///   - isSparse: whether values are missing about as often as in the real log.
  ///   - largest: the most values of a field.
  package static func criteoShaped(
    seed: UInt64 = 1, isSparse: Bool = false, strength: Double = 1,
    largest: Int = 123_000, drift: Drift? = nil
  ) -> SyntheticLog {
    let categories = [
      1460, 583, 10_131_227, 2_202_608, 305, 24, 12517, 633, 3, 93145, 5683, 8_351_593, 3194, 27,
      14992, 5_461_306, 10, 5652, 2173, 4, 7_046_547, 18, 15, 286_181, 105, 142_572,
    ]
    // In percent, of the log's first rows.
    let missing = [
      45, 0, 21, 22, 3, 22, 4, 0, 4, 45, 4, 77, 22, 0, 0, 3, 3, 0, 12, 0,
      0, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 44, 44, 3, 76, 0, 3, 44, 44,
    ]
    let cardinalities = [Int](repeating: 50, count: 13) + categories.map { min($0, largest) }
    let names = (1...13).map { "I\($0)" } + (1...26).map { "C\($0)" }
    let fields = names.indices.map { index in
      Field(
        names[index], cardinalities[index],
        missing: isSparse ? Double(missing[index]) / 100 : 0)
    }
    return SyntheticLog(fields: fields, seed: seed, zipf: 1.05, strength: strength, drift: drift)
  }

  /// Rows encoded without the way through text: the values of all fields in one numbering, each
  /// field's most frequent value first, as an encoder numbers them.
  ///
  /// - Precondition: no value is missing and none is new.
  package func dataset(rows: Range<Int>) throws -> Dataset {
    precondition(drift == nil && fields.allSatisfy { $0.missing == 0 })
    let firstIDs = fields.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.cardinality) }
    let layout = BatchLayout(
      features: firstIDs[fields.count], fields: fields.count, slotFields: Array(fields.indices),
      weighted: false,
      fieldFeatures: fields.indices.map { firstIDs[$0]..<firstIDs[$0 + 1] })
    var ids: [Int32] = []
    var labels: [Float] = []
    ids.reserveCapacity(rows.count * fields.count)
    for number in rows {
      let row = row(number)
      ids += zip(firstIDs, row.values).map { Int32($0 + $1) }
      labels.append(row.isClick ? 1 : 0)
    }
    return try Dataset(layout: layout, ids: ids, labels: labels)
  }
}

/// The counts that stand for the buckets of a numeric field: those x with ⌊(ln x)²⌋ = bucket, or x
/// itself up to 2.
struct BucketCounts: Sendable {
  private let ranges: [ClosedRange<Int>]

  init(buckets: Int) {
    ranges = (0..<buckets).map { bucket in
      // From e^√bucket to below e^√(bucket + 1); rounding is put right by looking.
      let first = Int(exp(Double(bucket).squareRoot()))
      let last = Int(exp(Double(bucket + 1).squareRoot())) + 1
      let counts = (max(first - 1, 0)...last).filter { Self.bucket(of: $0) == bucket }
      return counts.filter { $0 > 2 }.min().map { $0...counts.max()! } ?? bucket...bucket
    }
  }

  private static func bucket(of count: Int) -> Int {
    count > 2 ? Int(pow(log(Double(count)), 2)) : count
  }

  /// One of the counts of a bucket.
  @inline(__always)
  func count(of bucket: Int, _ draw: UInt32) -> Int {
    let range = ranges[bucket]
    return range.lowerBound + Int(UInt64(draw) * UInt64(range.count) >> 32)
  }
}
