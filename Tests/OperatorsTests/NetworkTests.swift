import Testing

@testable import Operators

@Suite struct NetworkTests {
  let log = ParityLog()

  @Test(arguments: Recipe.kinds, [Recipe.TableUpdate.touched, .whole])
  func `training reduces the loss`(optimizer: any Optimizer, tables: Recipe.TableUpdate) throws {
    let network = try Network.small(
      recipe: .all(optimizer, rate: 0.1, tables: tables, clipNorm: 10), dropout: 0)
    func loss(steps: Range<Int>) throws -> Double {
      try network.resetLoss()
      for step in steps { try network.train(log.batch(rows: 64, number: step)) }
      return try network.losses().sum / Double(steps.count)
    }
    let before = try loss(steps: 0..<5)
    _ = try loss(steps: 5..<60)
    #expect(try loss(steps: 60..<65) < 0.7 * before)
  }

  @Test func `two runs of one seed are identical, another seed is not`() throws {
    func run(seed: UInt64) throws -> Snapshot<Double> {
      let network = try Network.small(seed: seed)
      for step in 0..<5 { try network.train(log.batch(rows: 33, number: step)) }
      return try network.snapshot()
    }
    let (first, second, other) = (try run(seed: 1), try run(seed: 1), try run(seed: 2))
    #expect(first.parameters == second.parameters && first.states == second.states)
    #expect(first.parameters != other.parameters)
  }

  @Test(arguments: Recipe.kinds)
  func `a warm-up leaves no trace`(optimizer: any Optimizer) throws {
    func run(warm: Bool) throws -> Snapshot<Double> {
      let network = try Network.small(recipe: .all(optimizer))
      if warm { try network.warmUp(log.batch(rows: 64, number: 7)) }
      for step in 0..<3 { try network.train(log.batch(rows: 33, number: step)) }
      return try network.snapshot()
    }
    let (warm, cold) = (try run(warm: true), try run(warm: false))
    #expect(warm.parameters == cold.parameters && warm.states == cold.states)
    #expect(warm.step == cold.step)
  }

  @Test(arguments: Recipe.kinds)
  func `a restored network continues bit for bit`(optimizer: any Optimizer) throws {
    let network = try Network.small(recipe: .all(optimizer))
    for step in 0..<3 { try network.train(log.batch(rows: 33, number: step)) }
    let middle = try network.snapshot()
    for step in 3..<6 { try network.train(log.batch(rows: 33, number: step)) }
    let end = try network.snapshot()

    let other = try Network.small(recipe: .all(optimizer), seed: 1)
    try other.restore(middle)
    #expect(other.step == 3)
    for step in 3..<6 { try other.train(log.batch(rows: 33, number: step)) }
    let again = try other.snapshot()
    #expect(again.parameters == end.parameters && again.states == end.states)
    #expect(again.step == 6)
  }

  @Test func `a snapshot of another model is refused by name and size`() throws {
    let network = try Network.small()
    var snapshot = try network.snapshot()
    snapshot.parameters["deep.weight"] = [1]
    #expect {
      try network.restore(snapshot)
    } throws: {
      "\($0)".contains("deep.weight has 1 numbers where 64 were expected")
    }
    snapshot.parameters["deep.weight"] = nil
    #expect {
      try network.restore(snapshot)
    } throws: {
      "\($0)".contains("no parameter deep.weight")
    }
  }

  @Test func `prediction needs no recipe, ignores dropout and changes nothing`() throws {
    let trained = try Network.small(dropout: 0.5)
    for step in 0..<3 { try trained.train(log.batch(rows: 64, number: step)) }
    let inference = try Network.small(recipe: nil, dropout: 0.5, capacity: 20)
    let snapshot = try trained.snapshot()
    try inference.restore(snapshot)
    let batch = log.batch(rows: 20, number: 9)
    let probabilities = try inference.predict(batch)
    #expect(probabilities == (try trained.predict(batch)))
    #expect(probabilities.allSatisfy { $0 > 0 && $0 < 1 })
    #expect(try inference.predict(log.batch(rows: 0)).isEmpty)
    #expect(try inference.snapshot().parameters == snapshot.parameters)
  }

  @Test func `a batch without rows trains nothing but does no harm`() throws {
    let network = try Network.small(recipe: .all(SGD()))
    let before = try network.snapshot()
    try network.train(log.batch(rows: 0))
    #expect(try network.snapshot().parameters == before.parameters)
    #expect(try network.losses().last == 0)
  }

  @Test func `the rate factor scales the step of the optimizers that follow a schedule`() throws {
    func change(_ optimizer: any Optimizer, factor: Float) throws -> Double {
      let network = try Network.small(recipe: .all(optimizer))
      let before = try network.values(of: "output.bias")
      try network.train(log.batch(rows: 64), rateFactor: factor)
      return try network.values(of: "output.bias")[0] - before[0]
    }
    #expect(
      isClose([try change(SGD(), factor: 0.5)], [try change(SGD(), factor: 1) / 2], within: 1e-8))
    #expect(try change(FTRL(), factor: 0.5) == (try change(FTRL(), factor: 1)))
  }
}
