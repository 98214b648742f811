/// The distinct ids of a batch, each with the places where it occurs.
struct UniqueIDs: Equatable {
  /// The distinct ids, ascending, `count` of them; absent slots are left out.
  private(set) var ids: [Int32] = []
  /// Where each id's places begin in `positions`; [count + 1].
  private(set) var starts: [Int32] = [0]
  /// Places as indices into the batch's [rows × slots], ascending within an id.
  private(set) var positions: [Int32] = []

  /// Distinct ids whose places are elsewhere.
  init(_ counts: UniqueIDCounts) { (ids, starts) = (counts.ids, counts.starts) }

  /// The number of distinct ids.
  var count: Int { ids.count }

  /// Groups the places of equal ids, [rows × slots]; negative ids are absent.
  init(of batch: [Int32]) {
    // Sorted by the id, then by the place.
    let pairs = batch.indices.filter { batch[$0] >= 0 }.map { Int(batch[$0]) << 32 | $0 }.sorted()
    for pair in pairs {
      let id = Int32(pair >> 32)
      if ids.last != id {
        ids.append(id)
        starts.append(starts[starts.count - 1])
      }
      positions.append(Int32(truncatingIfNeeded: pair))
      starts[starts.count - 1] += 1
    }
  }

  /// The places of the `index`-th distinct id.
  func positions(of index: Int) -> some Sequence<Int> {
    positions[Int(starts[index])..<Int(starts[index + 1])].lazy.map { Int($0) }
  }
}

/// Finds the batch's distinct ids, ascending, and the places of each, ascending; absent ids are left out. The steps
/// that speak of distinct ids come after it.
package struct FindUniqueIDs: Step {
  /// The ids of a sample.
  let slots: Int

  package var section: String { Section.ids }

  /// It is part of the input.
  package func memory(capacity: Int) -> [Reservation] { [] }
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func run(_ pass: ReferencePass) {
    pass.input.unique = UniqueIDs(of: pass.input.batch.ids)
  }
}
