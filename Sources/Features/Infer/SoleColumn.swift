import Support

/// How well one column alone tells clicks from other rows. One that does so nearly always was most likely
/// written after the click, as a conversion or the time spent behind it: a model learns it and nothing else.
package enum SoleColumn {
  /// The AUC from which on a column is named.
  package static let suspicious = 0.95
  /// The clicks, and the other rows, below which nothing can be told.
  private static let least = 20
  /// Values seen less often are taken together: each alone says nothing, and that there is one may say all.
  private static let rare = 5

  /// The AUC of sets of categories: each row scores the mean click rate of its categories in the half of
  /// the rows that it is not of, so that a category of one row tells nothing.
  ///
  /// - Parameters:
  ///   - keys: [rows × slots], negative where a slot is empty.
  ///   - labels: [rows], each 0 or 1.
  /// - Returns: nil for too few rows of one class.
  package static func auc(keys: [Int32], slots: Int, labels: [Float]) -> Double? {
    guard let rate = rate(of: labels) else { return nil }
    var totals: [Int32: Int] = [:]
    for key in keys where key >= 0 { totals[key, default: 0] += 1 }
    func pooled(_ key: Int32) -> Int32 { totals[key]! < rare ? .max : key }
    var seen: [[Int32: (rows: Double, clicks: Double)]] = [[:], [:]]
    for (row, label) in labels.enumerated() {
      for key in keys[row * slots..<(row + 1) * slots] where key >= 0 {
        var count = seen[half(of: row)][pooled(key)] ?? (0, 0)
        count.rows += 1
        count.clicks += Double(label)
        seen[half(of: row)][pooled(key)] = count
      }
    }
    let scores = labels.indices.map { row in
      let known = keys[row * slots..<(row + 1) * slots].filter { $0 >= 0 }.map { key in
        let count = seen[1 - half(of: row)][pooled(key)] ?? (0, 0)
        return (count.clicks + 2 * rate) / (count.rows + 2)
      }
      return known.isEmpty ? rate : known.reduce(0, +) / Double(known.count)
    }
    return auc(scores, labels)
  }

  /// The AUC of numbers, in whichever direction it is larger; NaN, for none, counts as the least.
  package static func auc(of numbers: [Double], labels: [Float]) -> Double? {
    guard rate(of: labels) != nil else { return nil }
    let found = auc(numbers.map { $0.isNaN ? -.infinity : $0 }, labels)
    return max(found, 1 - found)
  }

  /// The click rate; nil for too few rows of one class.
  private static func rate(of labels: [Float]) -> Double? {
    let clicks = labels.count { $0 > 0.5 }
    guard clicks >= least, labels.count - clicks >= least else { return nil }
    return Double(clicks) / Double(labels.count)
  }

  /// One line about a column that is suspicious, with what to do.
  package static func warning(_ name: String, _ auc: Double, rows: Int) -> String {
    "\(quoted(name)) alone tells clicks from other rows with an AUC of \(auc.inBrief) (of \(rows) rows): "
      + "if it is known only after the click, leave it out, kind: ignored in a schema"
  }

  /// Which half of the rows one is of, by no order that a log may have.
  private static func half(of row: Int) -> Int {
    Int(truncatingIfNeeded: (UInt64(row) &* 0x9E37_79B9_7F4A_7C15) >> 63)
  }

  /// The probability that a click scores above another row, ties counting one half.
  private static func auc(_ scores: [Double], _ labels: [Float]) -> Double {
    let order = labels.indices.sorted { scores[$0] < scores[$1] }
    var (area, below, clicks, next) = (0.0, 0.0, 0.0, 0)
    while next < order.count {
      let score = scores[order[next]]
      var (found, others) = (0.0, 0.0)
      while next < order.count, scores[order[next]] == score {
        if labels[order[next]] > 0.5 { found += 1 } else { others += 1 }
        next += 1
      }
      area += found * (below + others / 2)
      below += others
      clicks += found
    }
    return area / (clicks * below)
  }
}
