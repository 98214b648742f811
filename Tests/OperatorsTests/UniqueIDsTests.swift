import Data
import OpenCL
import Random
import Testing

@testable import Operators

/// The distinct ids of a batch: the reference against the obvious grouping, the device against the
/// reference.
@Suite struct UniqueIDsTests {
  private static func layout(features: Int, slots: Int) -> BatchLayout {
    BatchLayout(features: features, fields: slots, slotFields: Array(0..<slots), weighted: false)
  }

  /// Random ids, a sixth of them absent; the most frequent one is half of the others.
  private static func batch(rows: Int, slots: Int, features: Int, seed: UInt64 = 1) -> Batch {
    var random = RandomStream(seed: seed, purpose: UInt64(rows * features))
    let ids = (0..<rows * slots).map { _ in
      switch random.next() % 12 {
      case 0, 1: Batch.absent
      case 2...6: Int32(features - 1)
      default: Int32(random.next() % UInt64(features))
      }
    }
    return Batch(
      layout: layout(features: features, slots: slots), ids: ids,
      labels: [Float](repeating: 0, count: rows))
  }

  @Test(arguments: [1, 2, 40, 255, 1 << 20, 400_000_000])
  func `the reference groups places as they are seen`(features: Int) {
    for seed in 0..<20 as Range<UInt64> {
      let ids = Self.batch(rows: Int(seed) * 3, slots: 4, features: features, seed: seed).ids
      let distinct = Set(ids.filter { $0 >= 0 }).sorted()
      let places = distinct.map { id in ids.indices.filter { ids[$0] == id }.map(Int32.init) }
      let found = UniqueIDs(of: ids)
      #expect(found.ids == distinct && found.positions == places.flatMap { $0 })
      #expect(found.starts == places.reduce(into: [0]) { $0.append($0.last! + Int32($1.count)) })
    }
  }

  /// One and several blocks of counts, and more blocks than a work-group has work-items; ids of one digit
  /// to eight.
  @Test(arguments: [
    (0, 3, 9), (1, 1, 1), (1, 3, 16), (3, 1, 15), (17, 5, 255), (257, 3, 1_000_003),
    (5003, 7, 4099), (997, 13, Int(Int32.max) - 1), (40_009, 7, 300_007),
  ])
  func `the device groups places as the reference`(rows: Int, slots: Int, features: Int) throws {
    for kind in [Device.Kind.cpu, .gpu] {
      try compare(kind, rows: rows, slots: slots, features: features)
    }
  }

  /// - Parameter kind: of the device whose sort is used.
  private func compare(_ kind: Device.Kind, rows: Int, slots: Int, features: Int) throws {
    var tuning = try KernelLibrary.Tuning(for: Device.select())
    // Few work-groups, so that each has several turns.
    tuning.sort = DeviceUniqueIDs.Sort(kind: kind, computeUnits: 2)
    let backend = try OpenCLBackend(
      Device.select(), products: .own, profiling: false, tuning: tuning)
    let input = try backend.makeInput(
      layout: Self.layout(features: features, slots: slots), capacity: rows + 2,
      findsUniqueIDs: true)
    // The second time the buffers hold what the first left there.
    for batch in [rows, (rows + 1) / 2].map({
      Self.batch(rows: $0, slots: slots, features: features)
    }) {
      try backend.upload(batch, to: input)
      try backend.findUniqueIDs(of: input)
      let expected = UniqueIDs(of: batch.ids)
      let unique = input.unique
      let count = try input.countUniqueIDs()
      try #require(count == expected.count)
      #expect(try unique.ids.read(0..<count, on: backend.queue) == expected.ids)
      #expect(try unique.starts.read(0..<count + 1, on: backend.queue) == expected.starts)
      let places = expected.positions.count
      #expect(try unique.positions.read(0..<places, on: backend.queue) == expected.positions)
      let ranks = (0..<count).flatMap { rank in
        expected.positions(of: rank).map { _ in Int32(rank) }
      }
      #expect(try unique.ranks.read(0..<places, on: backend.queue) == ranks)
      guard kind == .gpu, features < 1 << 24 else { continue }
      let ofFeatures = try unique.rankOfFeature.read(on: backend.queue)
      #expect(expected.ids.indices.allSatisfy { ofFeatures[Int(expected.ids[$0])] == $0 })
    }
  }

  @Test func `absent ids alone make no groups`() throws {
    let backend = try OpenCLBackend(Device.select())
    let layout = Self.layout(features: 5, slots: 2)
    let input = try backend.makeInput(layout: layout, capacity: 2, findsUniqueIDs: true)
    let absent = [Int32](repeating: Batch.absent, count: 4)
    #expect(UniqueIDs(of: absent) == UniqueIDs(of: []))
    try backend.upload(Batch(layout: layout, ids: absent, labels: [0, 1]), to: input)
    try backend.findUniqueIDs(of: input)
    #expect(try input.countUniqueIDs() == 0)
    #expect(try input.unique.starts.read(0..<1, on: backend.queue) == [0])
  }
}
