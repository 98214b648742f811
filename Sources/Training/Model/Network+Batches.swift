import Data
import Features
import Foundation
import Operators
import Support

extension Network {
  /// Batches of rows, as large as the network takes them. One thread prepares them ahead where operators run
  /// on the processor, elsewhere as many as a fast device may need.
  ///
  /// - Parameters:
  ///   - first: the batch to begin with.
  ///   - part: which of so many rows of a batch are wanted; nil for all.
  ///   - kept: these rows, where the device keeps them; nil where batches are sent.
  package func batches(
    of rows: Dataset, order: RowOrder = .sequential, from first: Int = 0,
    part: (@Sendable (_ rows: Int) -> Range<Int>)? = nil, kept: KeptRows? = nil
  ) -> BatchLoader {
    let spare = Processors.count - 1
    return BatchLoader(
      rows, batchSize: capacity, order: order,
      threads: backend.usesHostCores ? 1 : max(min(spare, 4), 1), from: first,
      part: part, in: kept?.places ?? places)
  }
}
