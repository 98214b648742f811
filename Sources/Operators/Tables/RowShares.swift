import Cluster

/// How the rows of tables are shared out among ranks, of which each keeps its own in its host's memory. Of p ranks the
/// r-th has the features whose numbers leave r when divided by p: frequent ones, which come first in each field, are
/// spread over all.
///
/// All ranks take part in each exchange, each from the thread that trains.
struct RowShares: @unchecked Sendable {
  let ranks: any Communicator

  /// The rank that has a feature's row.
  func owner(of feature: Int32) -> Int { Int(feature) % ranks.count }

  /// The row among those of its owner.
  func place(of feature: Int32) -> Int32 { feature / Int32(ranks.count) }

  /// How many of so many rows are this rank's.
  func count(ofRows rows: Int) -> Int { count(ofRows: rows, rank: ranks.rank) }

  private func count(ofRows rows: Int, rank: Int) -> Int {
    (rows - rank + ranks.count - 1) / ranks.count
  }

  /// The weights of features' rows, of each table row behind row. Each rank asks for its own features.
  func fetch(_ features: [Int32], of tables: [StoredTable]) throws -> [[Float]] {
    var wanted = [[Int32]](repeating: [], count: ranks.count)
    for feature in features { wanted[owner(of: feature)].append(place(of: feature)) }
    let answers = try ranks.exchange(
      try ranks.exchange(wanted).map { places in
        tables.flatMap { $0.hostTable?.weights(of: places) ?? [] }
      })
    var first = [Int](repeating: 0, count: ranks.count)
    return tables.map { table in
      let width = table.parameter.columns
      var next = first
      for rank in first.indices { first[rank] += wanted[rank].count * width }
      return [Float](unsafeUninitializedCapacity: features.count * width) { target, count in
        for (row, feature) in features.enumerated() {
          let rank = owner(of: feature)
          for j in 0..<width { target[row * width + j] = answers[rank][next[rank] + j] }
          next[rank] += width
        }
        count = features.count * width
      }
    }
  }

  /// All rows of an array of which each rank has its own.
  ///
  /// - Parameters:
  ///   - width: the numbers of a row.
  ///   - isForAll: whether each rank is told them; if not, the others than the first are told nothing.
  func join<Number: BitwiseCopyable>(
    _ own: [Number], rows: Int, width: Int, isForAll: Bool
  ) throws -> [Number] {
    precondition(own.count == count(ofRows: rows) * width)
    let isTold = isForAll || ranks.isFirst
    // So many rows of each at once: Open MPI counts in 32 bits, and there is room for the result alone.
    let step = max((1 << 22) / max(width, 1), 1)
    func part(_ first: Int) throws -> [[Number]] {
      let rows = min(first * width, own.count)..<min((first + step) * width, own.count)
      guard !isForAll else { return try ranks.gather(Array(own[rows])) }
      return try ranks.exchange((0..<ranks.count).map { $0 == 0 ? Array(own[rows]) : [] })
    }
    let most = count(ofRows: rows, rank: 0)
    guard isTold else {
      for first in stride(from: 0, to: most, by: step) { _ = try part(first) }
      return []
    }
    return try [Number](unsafeUninitializedCapacity: rows * width) { target, count in
      for first in stride(from: 0, to: most, by: step) {
        for (rank, numbers) in try part(first).enumerated() {
          for row in 0..<numbers.count / max(width, 1) {
            let to = ((first + row) * ranks.count + rank) * width
            for j in 0..<width { target[to + j] = numbers[row * width + j] }
          }
        }
      }
      count = rows * width
    }
  }

  /// This rank's of adjacent rows, and the place of the first among all of this rank's.
  ///
  /// - Parameter first: the first of the rows.
  func own<Number>(_ numbers: [Number], from first: Int, width: Int) -> (first: Int, [Number]) {
    let end = first + numbers.count / max(width, 1)
    let place = count(ofRows: first)
    var own: [Number] = []
    own.reserveCapacity(numbers.count / ranks.count + width)
    for row in stride(from: place * ranks.count + ranks.rank, to: end, by: ranks.count) {
      own += numbers[(row - first) * width..<(row - first + 1) * width]
    }
    return (place, own)
  }
}
