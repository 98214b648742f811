import Cluster
import Support

extension PieceNetwork {
  /// The sums of the gradients of tables whose rows ranks share: each goes to the rank that has the row, whose step of the
  /// optimizer is made there. Windows have that rank's rows of the whole batch from here on.
  ///
  /// A bound on the norm of all gradients needs all sums on each rank, and all rows for their L2: then every rank makes
  /// the steps of all rows, and keeps those of its own.
  func joinTables(by shares: RowShares, rows: Int) throws {
    guard !tables.isEmpty, let stored = network.stored else { return }
    let sums = try ownSums().renamed(network.pass.travelling)
    traffic.areRowsShared = true
    traffic.ids.own += sums.unique.ids.count
    let (width, countsIDs) = (sums.width, countsIDs)
    func received(_ words: [UInt32], width: Int) -> SparseSums<B.Scalar> {
      SparseSums(words: words, width: width, withCounts: countsIDs)
    }
    var all = try ranks.exchange(
      (0..<ranks.count).map { rank in
        sums.filter { shares.owner(of: $0) == rank }.words(withCounts: countsIDs)
      }
    ).map { received($0, width: width) }.treeSum(+)
    traffic.ids.all += all.unique.ids.count
    if boundsNorm {
      let own = all.unique.ids.map(shares.place)
      let weights = tables.map { window in
        let rows = stored.table(of: window)?.hostTable?.weights(of: own) ?? []
        return (rows.converted(to: B.Scalar.self), window.columns)
      }
      let beside = SparseSums(all.unique, [(all.rows, width)] + weights)
      all = try ranks.gather(beside.words(withCounts: countsIDs)).map {
        received($0, width: 2 * width)
      }.treeSum(+)
    }
    // The rows of windows, one after the other: no lookup follows.
    let mine = all.unique.ids.indices.filter { shares.owner(of: all.unique.ids[$0]) == ranks.rank }
    try network.travel(
      TravellingRows(
        ids: mine.map { shares.place(of: all.unique.ids[$0]) }, places: mine.map { Int32($0) }))
    var first = 0
    for table in tables {
      try backend.write(
        all.rows(from: first, columns: table.columns), to: network.pass.gradient(of: table))
      if boundsNorm {
        try backend.write(
          all.rows(from: width + first, columns: table.columns), to: network.pass[table])
      }
      first += table.columns
    }
    try network.pass.run(network.plan.take)
    try network.pass.input.setUniqueIDs(
      UniqueIDCounts(
        ids: all.unique.ids.indices.map { Int32($0) }, counts: all.unique.counts), rows: rows)
  }
}

extension SparseSums {
  /// The same by features, where ids are rows of windows.
  fileprivate func renamed(_ travelling: TravellingRows) -> SparseSums {
    var (sums, next) = (self, 0)
    for (place, row) in unique.ids.enumerated() {
      while travelling.places[next] != row { next += 1 }
      sums.unique.ids[place] = travelling.ids[next]
    }
    return sums
  }

  /// Those of some ids.
  @_specialize(where Scalar == Float)
  fileprivate func filter(_ isWanted: (Int32) -> Bool) -> SparseSums {
    let places = unique.ids.indices.filter { isWanted(unique.ids[$0]) }
    let kept = [Scalar](unsafeUninitializedCapacity: places.count * width) { target, count in
      rows.withUnsafeBufferPointer { from in
        for (row, place) in places.enumerated() {
          for j in 0..<width { target[row * width + j] = from[place * width + j] }
        }
      }
      count = places.count * width
    }
    return SparseSums(
      UniqueIDCounts(
        ids: places.map { unique.ids[$0] }, counts: places.map { unique.counts[$0] }),
      rows: kept, width: width)
  }
}
