import Data
import Testing

@testable import Operators

@Suite struct InitializerTests {
  private func parameter(_ name: String, _ rows: Int, _ columns: Int, _ initializer: Initializer)
    -> Parameter
  {
    var graph = Graph(layout: IdPattern.plain().layout)
    return graph.makeParameter(
      name, rows: rows, columns: columns, kind: .weight, group: .deep, initializer: initializer)
  }

  /// Mean, variance and fourth moment over the squared variance, which is 3 for normal numbers.
  private func moments(_ values: [Float]) -> (mean: Double, variance: Double, kurtosis: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0) { $0 + Double($1) } / count
    func moment(_ order: Int) -> Double {
      values.reduce(0) { sum, value in
        sum + (0..<order).reduce(1) { product, _ in product * (Double(value) - mean) }
      } / count
    }
    return (mean, moment(2), moment(4) / (moment(2) * moment(2)))
  }

  @Test(arguments: [
    (Initializer.normal(deviation: 0.01), 1e-4), (.xavierNormal, 2.0 / (400 + 100)),
  ])
  func `numbers are normal with the variance asked for`(
    initializer: Initializer, variance: Double
  ) {
    let values = initializer.values(for: parameter("w", 400, 100, initializer), seed: 1)
    let found = moments(values)
    #expect(abs(found.mean) < 4 * (variance / 40_000).squareRoot())
    #expect(abs(found.variance / variance - 1) < 0.03)
    #expect(abs(found.kurtosis - 3) < 0.1)
  }

  @Test func `numbers depend on seed and name, and on nothing else`() {
    let normal = Initializer.normal(deviation: 1)
    let values = normal.values(for: parameter("a", 3, 7, normal), seed: 1)
    #expect(values == normal.values(for: parameter("a", 3, 7, normal), seed: 1))
    #expect(values != normal.values(for: parameter("b", 3, 7, normal), seed: 1))
    #expect(values != normal.values(for: parameter("a", 3, 7, normal), seed: 2))
    #expect(
      Array(normal.values(for: parameter("a", 4, 7, normal), seed: 1).prefix(20))
        == Array(values.prefix(20)))
    #expect(Set(values).count == 21)
  }

  @Test(arguments: [0, 2, 131_070, 131_072])
  func `a part of the numbers is a part of all`(first: Int) {
    let normal = Initializer.normal(deviation: 1)
    let large = parameter("a", 70_001, 3, normal)
    let part = normal.values(first..<large.count, of: large, seed: 1)
    #expect(part == Array(normal.values(for: large, seed: 1)[first...]))
  }

  @Test func `a constant is everywhere`() {
    #expect(
      Initializer.constant(2).values(for: parameter("c", 2, 2, .constant(2)), seed: 1)
        == [2, 2, 2, 2])
  }
}

@Suite struct MemoryPlanTests {
  private func plan(_ recipe: Recipe?, capacity: Int = 64) throws -> MemoryPlan {
    try Network.small(recipe: recipe, capacity: capacity).memory
  }

  @Test func `a plan counts what the recipe needs`() throws {
    let inference = try plan(nil)
    #expect(inference.total(of: .gradients) == 0 && inference.total(of: .optimizer) == 0)
    let parameters = inference.total(of: .parameters)
    let sgd = try plan(.all(SGD(), tables: .whole))
    #expect(sgd.total(of: .parameters) == parameters && sgd.total(of: .optimizer) == 0)
    let trained = try plan(.all(Adam(), tables: .whole)).total(of: .optimizer)
    let statistics = 8 * (2 * 8 + 2 * 8)
    #expect(trained == 2 * (parameters - statistics))
    #expect(sgd.total == MemoryPlan.Use.allCases.reduce(0) { $0 + sgd.total(of: $1) })
  }

  @Test func `the gradient of touched rows is bounded by batch and table`() throws {
    func tableGradient(_ tables: Recipe.TableUpdate, capacity: Int) throws -> Int? {
      try plan(.all(Adam(), tables: tables), capacity: capacity).entries
        .first { $0.label == "embedding" && $0.use == .gradients }?.bytes
    }
    #expect(try tableGradient(.touched, capacity: 2) == 8 * 4 * 4)
    #expect(try tableGradient(.touched, capacity: 64) == 8 * 4 * 9)
    #expect(try tableGradient(.whole, capacity: 2) == 8 * 4 * 9)
  }

  @Test func `a plan that does not fit is refused with its numbers`() throws {
    let layout = BatchLayout(features: 1 << 20, fields: 1, slotFields: [0], weighted: false)
    var graph = Graph(layout: layout)
    let embedding = graph.embedding("embedding", width: 16)
    let plan = MemoryPlan(
      Plan(graph: graph, logits: embedding, capacity: 1, recipe: .all(Adam())), input: [],
      scratch: 0, scalarSize: 4)
    try plan.check(against: nil)
    try plan.check(against: MemoryLimits(total: 1 << 30, largestAllocation: 1 << 26))
    #expect {
      try plan.check(against: MemoryLimits(total: 1 << 30, largestAllocation: (1 << 26) - 1))
    } throws: {
      "\($0)".contains("the parameters of embedding need 64.0 MiB in one piece")
        && "\($0)".contains("at most 64.0 MiB")
        && "\($0)".hasSuffix("raise min_count, or shorten the embedding vectors")
    }
    // A gradient of touched rows is short, one of whole tables as long as the table.
    let whole = MemoryPlan(
      Plan(
        graph: graph, logits: embedding, capacity: 1, recipe: .all(Adam(), tables: .whole)),
      input: [],
      scratch: 0, scalarSize: 4)
    let counted = MemoryLimits(total: 1 << 40, largestAllocation: 1 << 40, mostNumbers: 1 << 23)
    try plan.check(against: counted)
    #expect {
      try whole.check(against: counted)
    } throws: {
      "\($0)".contains("the gradients of embedding are 16777216 numbers")
        && "\($0)".contains("count to 8388608") && "\($0)".contains("tables: touched")
    }
    #expect {
      try plan.check(against: MemoryLimits(total: 100 << 20, largestAllocation: 1 << 26))
    } throws: {
      "\($0)".contains("the network needs 192.1 MiB") && "\($0)".contains("parameters 64.0 MiB")
        && "\($0)".contains("optimizer 128.0 MiB") && "\($0)".contains("the device has 100.0 MiB")
    }
  }

  /// What is too large is what is to be made smaller.
  @Test func `a layer that does not fit is no matter of min_count`() throws {
    let layout = BatchLayout(features: 10, fields: 1, slotFields: [0], weighted: false)
    var graph = Graph(layout: layout)
    let embedding = graph.embedding("embedding", width: 16)
    let hidden = graph.dense("deep.1", embedding, outputs: 4096)
    let plan = MemoryPlan(
      Plan(graph: graph, logits: hidden, capacity: 1, recipe: nil), input: [], scratch: 0,
      scalarSize: 4)
    #expect {
      try plan.check(against: MemoryLimits(total: 1 << 30, largestAllocation: 1 << 17))
    } throws: {
      "\($0)".contains("deep.1.weight") && "\($0)".hasSuffix("make the hidden layers narrower")
    }
  }
}
