import Data
import Testing

@testable import Operators

/// The two meanings of updating, and of regularising, an embedding table.
@Suite struct TableUpdateTests {
  let log = ParityLog()
  /// The feature that never occurs.
  let absent = 8

  private func embedding(after steps: Int, _ recipe: Recipe) throws -> [[Double]] {
    let network = try Network.small(recipe: recipe)
    for step in 0..<steps { try network.train(log.batch(rows: 64, number: step)) }
    let values = try network.values(of: "embedding")
    return (0..<9).map { Array(values[4 * $0..<4 * $0 + 4]) }
  }

  @Test(arguments: Recipe.kinds)
  func `they agree where every feature occurs in every batch`(optimizer: any Optimizer) throws {
    let touched = try embedding(after: 4, .all(optimizer, l2: 0.1, tables: .touched))
    let whole = try embedding(after: 4, .all(optimizer, l2: 0.1, tables: .whole))
    for feature in 0..<absent { #expect(touched[feature] == whole[feature]) }
  }

  @Test(arguments: Recipe.kinds)
  func `touched leaves absent rows bit for bit, L2 or not`(optimizer: any Optimizer) throws {
    let before = try embedding(after: 0, .all(optimizer))
    for l2 in [0, 0.1] as [Float] {
      let after = try embedding(after: 4, .all(optimizer, l2: l2, tables: .touched))
      #expect(after[absent] == before[absent])
      #expect(after[0] != before[0])
    }
  }

  @Test(arguments: Recipe.kinds)
  func `whole pulls absent rows towards 0 by L2 alone`(optimizer: any Optimizer) throws {
    let before = try embedding(after: 0, .all(optimizer))[absent]
    func after(l2: Float) throws -> [Double] {
      try embedding(after: 4, .all(optimizer, rate: 1e-4, l2: l2, tables: .whole))[absent]
    }
    #expect(isClose(try after(l2: 0), before))
    let with = try after(l2: 0.1)
    for (after, before) in zip(with, before) { #expect(abs(after) < abs(before)) }
  }

  @Test func `with SGD whole shrinks an absent row by 1 − ηλ a step`() throws {
    let before = try embedding(after: 0, .all(SGD()))[absent]
    let after = try embedding(after: 2, .all(SGD(), rate: 0.5, l2: 0.25, tables: .whole))[absent]
    #expect(isClose(after, before.map { $0 * 0.875 * 0.875 }))
  }

  @Test func `Adam's moments move a row on after its id has gone only if whole`() throws {
    let layout = log.layout
    let once = Batch(layout: layout, ids: [0, 4], labels: [1])
    let later = Batch(layout: layout, ids: [1, 5], labels: [0])
    for tables in Recipe.TableUpdate.allCases {
      let network = try Network.small(recipe: .all(Adam(), tables: tables))
      try network.train(once)
      let after = try network.values(of: "embedding")[0..<4]
      try network.train(later)
      #expect((try network.values(of: "embedding")[0..<4] == after) == (tables == .touched))
    }
  }

  @Test(arguments: Recipe.kinds)
  func `whole is touched where nothing acts on absent rows`(optimizer: any Optimizer) throws {
    let table = try #require(Network.small().graph.parameters.first { $0.kind == .table })
    func region(l2: Float) -> TableRegion {
      Recipe.all(optimizer, l2: l2, tables: .whole).region(of: table)
    }
    let acts = !type(of: optimizer).leavesRowsWithoutGradient
    #expect(region(l2: 0.1) == .whole && region(l2: 0) == (acts ? .whole : .touched))
  }

  @Test func `a row shrinks by the steps in which it rested, and by no others`() throws {
    let layout = log.layout
    func batch(_ user: Int32) -> Batch { Batch(layout: layout, ids: [user, 4], labels: [1]) }
    // Steps of almost nothing: what is seen is the decay.
    func values(_ alpha: Float, _ users: [Int32]) throws -> [[Double]] {
      let network = try Network.small(
        recipe: .all(RowDecay(SGD(), alpha: alpha), rate: 1e-20, tables: .touched))
      return try users.map { user in
        try network.train(batch(user))
        return Array(try network.values(of: "embedding")[0..<4])
      }
    }
    let start = try embedding(after: 0, .all(SGD()))[0]
    // Met in steps 1, 2, 5 and 6: it rested for two steps before the fifth.
    let after = try values(0.25, [0, 0, 1, 1, 0, 0])
    #expect(isClose(after[0], start) && isClose(after[1], start) && isClose(after[3], start))
    #expect(isClose(after[4], start.map { $0 * 0.5 }) && isClose(after[5], after[4]))
    // Never below 0, and a row that was never updated does not decay.
    #expect(try values(0.75, [0, 1, 1, 0])[3].allSatisfy { abs($0) < 1e-9 })
    #expect(isClose(try values(0.75, [1, 1, 1, 0])[3], start))
  }

  @Test func `rows decay alike whatever the optimizer, where it allows for it`() throws {
    for optimizer in Recipe.kinds {
      let decaying = optimizer.decayingRows(0.5)
      #expect((decaying == nil) == (optimizer is FTRL || optimizer is RowwiseAdagrad))
      guard let decaying else { continue }
      #expect(type(of: decaying.adapted(to: .weight)).name == type(of: optimizer).name)
      // Rows of every batch never rest: nothing but the optimizer itself is left.
      let plain = try embedding(after: 4, .all(optimizer, l2: 0.1))
      let other = try embedding(after: 4, .all(decaying, l2: 0.1))
      for feature in 0..<absent { #expect(isClose(other[feature], plain[feature])) }
    }
  }

  @Test func `biases are not regularised`() throws {
    let free = try Network.small(recipe: .all(SGD(), l2: 0))
    let held = try Network.small(recipe: .all(SGD(), l2: 10))
    for network in [free, held] {
      var snapshot = try network.snapshot()
      snapshot.parameters["output.bias"] = [3]
      try network.restore(snapshot)
      try network.train(log.batch(rows: 64))
    }
    #expect(try free.values(of: "output.bias") == (try held.values(of: "output.bias")))
    #expect(try free.values(of: "output.weight") != (try held.values(of: "output.weight")))
  }
}
