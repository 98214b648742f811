import Data
import Random
import Testing

@testable import Operators

/// Which rows stay on a device, and how a batch's are told apart.
@Suite struct FrequentRowTests {
  @Test func `the ids that occur most often are found, as many as there is room for`() throws {
    // Id i occurs i times, but for 5, which occurs as often as 4; and -1 is no id.
    let counted: [Int32] = (0..<8).flatMap { id in
      [Int32](repeating: Int32(id), count: id == 5 ? 4 : id)
    }
    let ids = counted + [-1, -1]
    let layout = BatchLayout(features: 10, fields: 1, slotFields: [0], weighted: false)
    let rows = try Dataset(layout: layout, ids: ids, labels: ids.map { _ in 0 })
    #expect(rows.frequentIDs(most: 0) == [])
    #expect(rows.frequentIDs(most: 2) == [6, 7])
    #expect(rows.frequentIDs(most: 3) == [4, 6, 7])
    #expect(rows.frequentIDs(most: 4) == [4, 5, 6, 7])
    // Once is not often.
    #expect(rows.frequentIDs(most: 100) == [2, 3, 4, 5, 6, 7])
  }

  @Test(arguments: [1, 63, 64, 65, 1000]) func `rows are told apart as by a set`(features: Int) {
    var random = RandomStream(seed: 1, purpose: "frequent rows")
    let ids = (0..<Int32(features)).filter { _ in random.uniform() < 0.4 }
    let frequent = FrequentRows(ids, features: features)
    for id in 0..<Int32(features) {
      #expect(frequent.row(of: id) == ids.firstIndex(of: id).map { Int32($0) })
    }
    let batch = (0..<Int32(features)).filter { _ in random.uniform() < 0.5 }
    let rows = TravellingRows(ids: batch, places: batch.map { $0 + 7 })
    let split = frequent.split(rows)
    let kept = batch.filter { ids.contains($0) }
    #expect(split.kept == kept.count && split.travelling == batch.filter { !ids.contains($0) })
    #expect(split.ids.suffix(kept.count).map { ids[Int($0)] } == kept)
    #expect(split.places.map { $0 - 7 } == split.travelling + kept)
  }
}
