extension Dataset {
  /// Some rows as a batch, in the order given; a row may be named twice.
  ///
  /// - Parameters:
  ///   - rows: each in 0..<``rows``.
  ///   - groupsIds: whether to find the occurrences now; prediction does not need them.
  public func batch(of rows: some Collection<Int>, groupsIds: Bool = true) -> Batch {
    Batch(
      layout: layout, ids: gather(ids, rows, width: layout.slots),
      values: values.map { gather($0, rows, width: layout.slots) },
      labels: gather(labels, rows, width: 1), weights: weights.map { gather($0, rows, width: 1) },
      groupsIds: groupsIds)
  }

  /// Some rows as a dataset, in the order given. The statistics stay those of the whole.
  public func selecting(_ rows: some Collection<Int>) -> Dataset {
    Dataset(
      layout: layout, ids: gather(ids, rows, width: layout.slots),
      values: values.map { gather($0, rows, width: layout.slots) },
      labels: gather(labels, rows, width: 1), weights: weights.map { gather($0, rows, width: 1) },
      isLabelled: isLabelled, statistics: statistics)
  }

  /// The parts of a random split, each in the dataset's order.
  public func split(by split: RandomSplit) -> [Dataset] {
    var parts = [[Int]](repeating: [], count: split.shares.count)
    for row in 0..<rows { parts[split.part(of: row)].append(row) }
    return parts.map { selecting($0) }
  }

  private func gather<Element: BitwiseCopyable>(
    _ source: [Element], _ rows: some Collection<Int>, width: Int
  ) -> [Element] {
    let total = self.rows
    let count = rows.count * width
    return [Element](unsafeUninitializedCapacity: count) { target, initialized in
      source.withUnsafeBufferPointer { source in
        var next = 0
        for row in rows {
          precondition(row >= 0 && row < total, "a row that is not there")
          let from = source.baseAddress! + row * width
          (target.baseAddress! + next).initialize(from: from, count: width)
          next += width
        }
      }
      initialized = count
    }
  }
}
