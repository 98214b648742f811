extension SyntheticLog {
  /// A log shaped like Criteo's: 13 numeric fields in 50 buckets, and 26 categorical ones with the
  /// real log's numbers of values, capped so that there are about a million features in all.
  public static func criteoShaped(seed: UInt64 = 1) -> SyntheticLog {
    let categories = [
      1460, 583, 10_131_227, 2_202_608, 305, 24, 12517, 633, 3, 93145, 5683, 8_351_593, 3194, 27,
      14992, 5_461_306, 10, 5652, 2173, 4, 7_046_547, 18, 15, 286_181, 105, 142_572,
    ]
    let fields =
      (1...13).map { Field("I\($0)", 50) }
      + zip(1..., categories).map { Field("C\($0)", min($1, 123_000)) }
    return SyntheticLog(fields: fields, seed: seed, zipf: 1.05)
  }

  /// Rows encoded without the way through text: the values of all fields in one numbering, each
  /// field's most frequent value first, as an encoder numbers them.
  public func dataset(rows: Range<Int>) throws -> Dataset {
    let firstIDs = fields.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.cardinality) }
    let layout = BatchLayout(
      features: firstIDs[fields.count], fields: fields.count, slotFields: Array(fields.indices),
      weighted: false)
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
