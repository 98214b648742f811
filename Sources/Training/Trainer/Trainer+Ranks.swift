import Cluster
import Data
import Operators
import Support

extension Network {
  /// The click probability of each row, of which each rank computes those of some batches.
  func probabilities(
    of rows: Dataset, oddsFactor factor: Float, kept: KeptRows?, among ranks: any Communicator
  ) throws -> [Float] {
    let batches = (rows.rows + capacity - 1) / capacity
    guard ranks.count > 1, batches > 1 else {
      return try probabilities(of: rows, oddsFactor: factor, kept: kept)
    }
    // The same batches as one rank's: where they end may make a difference to the last bit.
    func own(_ rank: Int) -> Range<Int> {
      let (first, end) = (batches * rank / ranks.count, batches * (rank + 1) / ranks.count)
      return min(first * capacity, rows.rows)..<min(end * capacity, rows.rows)
    }
    var probabilities: [Float] = []
    let mine = own(ranks.rank)
    let most = (0..<ranks.count).map { own($0).count }.max() ?? 0
    for place in stride(from: 0, to: most, by: capacity) {
      let first = mine.lowerBound + place
      guard first < mine.upperBound else {
        // The others may want rows of tables.
        try assist()
        continue
      }
      let batch = rows.batch(of: first..<min(first + capacity, rows.rows))
      probabilities += try predict(batch).map {
        Odds.multiplied(Float($0), by: factor)
      }
    }
    return try ranks.gather(probabilities).flatMap(\.self)
  }
}
