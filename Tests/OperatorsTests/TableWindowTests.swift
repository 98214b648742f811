import Data
import Random
import Testing

@testable import Operators

/// How ids become rows of windows, and what a network does with tables in pieces.
@Suite struct TableWindowTests {
  /// A field with a vocabulary of its own, two that share one, a small one, and a list.
  private let layout = BatchLayout(
    features: 9_000, fields: 5, slotFields: [0, 1, 2, 3, 4, 4], weighted: false,
    fieldFeatures: [0..<3_000, 3_000..<6_000, 3_000..<6_000, 6_000..<6_100, 6_100..<9_000])

  private func batch(rows: Int, seed: UInt64 = 1) -> Batch {
    var random = RandomStream(seed: seed, purpose: "windows")
    let ids = (0..<rows).flatMap { _ in
      layout.slotFields.map { field -> Int32 in
        let range = layout.fieldFeatures![field]
        let chance = random.nextWord()
        if chance % 7 == 0 { return Batch.absent }
        // Some ids often.
        let value = Int(random.nextWord()) % (chance % 3 == 0 ? 5 : range.count)
        return Int32(range.lowerBound + value)
      }
    }
    return Batch(
      layout: layout, ids: ids,
      labels: ids.chunks(of: layout.slots).map { Float(abs($0.first ?? 0) % 2) })
  }

  @Test(arguments: [1, 3, 64, 700])
  func `ids are numbered in their order, and listed once`(rows: Int) {
    let windows = TableWindows(layout, capacity: rows)
    #expect(
      windows.stretches.map(\.features) == [
        0..<3_000, 3_000..<6_000, 6_000..<6_100, 6_100..<9_000,
      ])
    #expect(windows.layout.features < layout.features)
    let numbering = WindowNumbering(windows)
    for seed in 1...3 {
      let batch = batch(rows: rows - seed % 2 * (rows / 2), seed: UInt64(seed))
      let (placed, travelling) = numbering.place(batch)
      #expect(placed.labels == batch.labels && placed.layout == windows.layout)
      #expect(travelling.ids == Set(batch.ids).subtracting([Batch.absent]).sorted())
      #expect(travelling.places == Set(placed.ids).subtracting([Batch.absent]).sorted())
      let feature = Dictionary(uniqueKeysWithValues: zip(travelling.places, travelling.ids))
      #expect(placed.ids.map { $0 < 0 ? $0 : feature[$0]! } == batch.ids)
      for (place, id) in placed.ids.enumerated() where id >= 0 {
        let field = layout.slotFields[place % layout.slots]
        #expect(windows.layout.fieldFeatures![field].contains(Int(id)))
      }
    }
    // A field of few features keeps their number.
    #expect(windows.layout.fieldFeatures![3].count == 100)
  }

  @Test func `without known ranges all ids share a window`() {
    var layout = layout
    layout.fieldFeatures = nil
    let windows = TableWindows(layout, capacity: 100)
    #expect(windows.layout.features == 600 && windows.layout.fieldFeatures == nil)
  }

  private func network(
    _ recipe: Recipe?, largest: Int?, capacity: Int = 40
  ) throws -> Network<ReferenceBackend> {
    var graph = Graph(layout: layout)
    let embedding = graph.embedding("embedding", width: 4, initializer: .normal(deviation: 0.1))
    let logits = graph.sum([
      graph.firstOrder("wide"), graph.interaction(embedding),
      graph.dense("output", embedding, outputs: 1),
    ])
    let backend = ReferenceBackend()
    backend.memoryLimits = largest.map { MemoryLimits(total: 1 << 40, largestAllocation: $0) }
    return try Network(
      graph: graph, logits: logits, backend: backend, capacity: capacity, recipe: recipe, seed: 3)
  }

  @Test(arguments: Recipe.kinds, Recipe.TableUpdate.allCases)
  func `the reference learns alike from tables in pieces`(
    optimizer: any Optimizer, tables: Recipe.TableUpdate
  ) throws {
    var recipe = Recipe.all(optimizer, l2: 0.01, tables: tables, clipNorm: 0.01)
    recipe.rowClip = RowClip(ratio: 0.5, floor: 1e-5)
    let (plain, split) = (try network(recipe, largest: nil), try network(recipe, largest: 1 << 16))
    #expect(plain.stored == nil && split.stored?.tables.allSatisfy { $0.pieces.count > 1 } == true)
    for step in 0..<3 {
      let batch = batch(rows: 40 - step, seed: UInt64(step))
      try plain.train(batch)
      try split.train(batch)
    }
    let (expected, found) = (try plain.snapshot(), try split.snapshot())
    for (name, values) in expected.parameters {
      #expect(isClose(try #require(found.parameters[name]), values), "\(name)")
      for (a, b) in zip(try #require(found.states[name]), try #require(expected.states[name])) {
        #expect(isClose(a, b), "state of \(name)")
      }
    }
    let batch = batch(rows: 30, seed: 9)
    #expect(isClose(try split.predict(batch), try plain.predict(batch)))
    // And back, from one to the other.
    let third = try network(recipe, largest: 1 << 17)
    try third.restore(found)
    #expect(try third.snapshot().parameters == found.parameters)
    #expect(try third.snapshot().states == found.states)
  }
}

extension Array {
  fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<$0 + size] }
  }
}
