/// The distinct ids of a batch, each with the places where it occurs.
///
/// An embedding gradient is summed segment by segment in this order, which makes it the same
/// whatever the number of threads: no atomic additions.
public struct Occurrences: Sendable, Equatable {
  /// The distinct ids, ascending, `count` of them; absent slots are left out.
  public let ids: [Int32]
  /// Where each id's places begin in `positions`; [count + 1].
  public let starts: [Int32]
  /// Places as indices into the batch's [rows × slots], ascending within an id.
  public let positions: [Int32]

  /// The number of distinct ids.
  public var count: Int { ids.count }

  /// No ids at all.
  public init() {
    (ids, starts, positions) = ([], [0], [])
  }

  /// Groups the places of equal ids, slot by slot: O(ids × digits).
  ///
  /// - Parameters:
  ///   - batch: ids, [rows × slots]; negative ones are absent.
  ///   - slots: the ids of a row.
  public init(of batch: [Int32], slots: Int) {
    precondition(slots > 0 ? batch.count % slots == 0 : batch.isEmpty)
    let places = batch.count
    var (starts, positions): ([Int32], [Int32]) = ([], [])
    ids = Array(unsafeUninitializedCapacity: places) { ids, distinct in
      positions = Array(unsafeUninitializedCapacity: places) { positions, placed in
        starts = Array(unsafeUninitializedCapacity: places + 1) { starts, initialized in
          starts[0] = 0
          batch.withUnsafeBufferPointer { batch in
            guard let batch = batch.baseAddress else { return }
            var grouping = IDGrouping(
              batch, rows: places / slots, slots: slots, ids: ids.baseAddress!,
              starts: starts.baseAddress!, positions: positions.baseAddress!)
            grouping.run()
            (distinct, placed) = (grouping.distinct, grouping.placed)
          }
          initialized = distinct + 1
        }
      }
    }
    (self.starts, self.positions) = (starts, positions)
  }
}
