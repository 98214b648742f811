import Data
import OpenCL
import Random
import Testing

@testable import Operators

/// A log in which the click follows from the two fields together, not from either alone.
struct ParityLog {
  let layout = BatchLayout(features: 9, fields: 2, slotFields: [0, 1], weighted: false)

  /// A batch; id 8 never occurs.
  func batch(rows: Int, number: Int = 0) -> Batch {
    var random = RandomStream(seed: 5, purpose: UInt64(number))
    let ids = (0..<rows).flatMap { _ in
      [Int32(random.nextWord() % 4), Int32(4 + random.nextWord() % 4)]
    }
    let labels = (0..<rows).map { Float((ids[2 * $0] + ids[2 * $0 + 1]) % 2) }
    return Batch(layout: layout, ids: ids, labels: labels)
  }
}

extension Network {
  /// A small DeepFM for a log.
  static func small(
    on backend: B, recipe: Recipe? = Recipe(), dropout: Float = 0.1, capacity: Int = 64,
    seed: UInt64 = 1
  ) throws -> Network {
    var graph = Graph(layout: ParityLog().layout)
    let embedding = graph.embedding("embedding", width: 4, initializer: .normal(deviation: 0.1))
    let product = graph.dense("deep", embedding, outputs: 8)
    let hidden = graph.normalization("norm", product, activation: .relu, dropout: dropout)
    let logits = graph.sum([
      graph.firstOrder("wide"), graph.interaction(embedding),
      graph.dense("output", hidden, outputs: 1),
    ])
    return try Network(
      graph: graph, logits: logits, backend: backend, capacity: capacity, recipe: recipe,
      seed: seed)
  }

  /// The values of a parameter.
  func values(of name: String) throws -> [B.Scalar] {
    try snapshot().parameters[name, default: []]
  }
}

extension Network<ReferenceBackend> {
  /// A small DeepFM for a log on the reference.
  static func small(
    recipe: Recipe? = Recipe(), dropout: Float = 0.1, capacity: Int = 64, seed: UInt64 = 1
  ) throws -> Network {
    try small(
      on: ReferenceBackend(), recipe: recipe, dropout: dropout, capacity: capacity, seed: seed)
  }
}

extension Recipe {
  /// The same update for all groups.
  static func all(
    _ optimizer: any Optimizer, rate: Float = 0.01, l2: Float = 0, tables: TableUpdate = .touched,
    clipNorm: Float? = nil
  ) -> Recipe {
    let group = Group(optimizer, rate: rate, l2: l2)
    return Recipe(wide: group, embedding: group, deep: group, tables: tables, clipNorm: clipNorm)
  }

  /// One recipe for each kind of optimizer.
  static let kinds: [any Optimizer] = OptimizerRegistry.builtIn.map {
    $0.init(settings: ["ftrl_l1": 0.001, "ftrl_l2": 0.01])
  }
}

/// A network of a few operations on the reference, with numbers of one's own.
struct OperationTest {
  let network: Network<ReferenceBackend>
  let inputs: [Value]
  let output: Value

  /// - Parameters:
  ///   - widths: of the activations that are read.
  ///   - build: adds the operations.
  init(
    _ batch: Batch, reads widths: [Int] = [], tables: Recipe.TableUpdate = .touched,
    _ build: (_ graph: inout Graph, _ inputs: [Value]) -> Value
  ) throws {
    var graph = Graph(layout: batch.layout)
    inputs = widths.map { graph.makeValue(width: $0) }
    output = build(&graph, inputs)
    network = try Network(
      graph: graph, logits: output, backend: ReferenceBackend(), capacity: batch.rows,
      recipe: .all(Adam(), tables: tables), seed: 1)
    try network.load(batch)
  }

  /// Sets a parameter.
  func set(_ name: String, _ values: [Double]) {
    network.backend.write(values, to: network.pass[parameter(name)], at: 0)
  }

  /// A parameter, and what else it has.
  subscript(_ name: String) -> [Double] { read(network.pass[parameter(name)]) }
  func gradient(_ name: String) -> [Double] { read(network.pass.gradient(of: parameter(name))) }

  /// The output for these inputs.
  func forward(_ values: [Double]..., training: Bool = false) throws -> [Double] {
    for (input, values) in zip(inputs, values) {
      network.backend.write(values, to: network.pass[input], at: 0)
    }
    try network.forward(training: training)
    return read(network.pass[output])
  }

  /// The derivatives by the inputs from that by the output.
  func backward(_ slopes: [Double]) throws -> [[Double]] {
    network.backend.write(slopes, to: network.pass.gradient(of: output), at: 0)
    try network.backward()
    return inputs.map { read(network.pass.gradient(of: $0)) }
  }

  private func parameter(_ name: String) -> Parameter {
    network.graph.parameters.first { $0.name == name }!
  }

  private func read(_ buffer: ReferenceBuffer) -> [Double] { Array(buffer.scalars) }
}

extension Batch {
  /// So many samples of one field, whose ids do not matter.
  static func plain(rows: Int, fields: Int = 1) -> Batch {
    IdPattern.plain(fields: fields).batch(rows: rows)
  }
}

extension OpenCLBackend {
  /// y, dx, dW and db of a layer with relu.
  func layer(
    _ shape: Dense.Shape, _ numbers: (String, Int) -> [Float], rows: Int
  ) throws -> [[Float]] {
    func buffer(_ name: String, _ count: Int) throws -> OpenCLBackend.Buffer {
      try OpenCLBackend.Buffer(numbers(name, count), on: queue, label: name)
    }
    let (inputs, outputs) = (shape.inputs, shape.outputs)
    try reserveScratch(count: scratch(for: shape, rows: rows))
    let (x, weight) = (try buffer("x", rows * inputs), try buffer("w", inputs * outputs))
    let (bias, dy) = (try buffer("b", outputs), try buffer("dy", rows * outputs))
    let y = try makeBuffer("y", count: rows * outputs)
    let dx = try makeBuffer("dx", count: rows * inputs)
    let dweight = try makeBuffer("dw", count: inputs * outputs)
    let dbias = try makeBuffer("db", count: outputs)
    try dense(
      shape, rows: rows, x: x, weight: weight, bias: bias, epilogue: Epilogue(.relu), y: y)
    try denseGradient(
      shape, rows: rows, x: x, weight: weight, epilogue: Epilogue(.relu), y: y, dy: dy,
      dx: GradientTarget(dx), below: .none, dweight: dweight, dbias: dbias)
    return [
      try read(y, count: rows * outputs), try read(dx, count: rows * inputs),
      try read(dweight, count: inputs * outputs),
      try read(dbias, count: outputs),
    ]
  }
}

extension Distribution {
  /// Small integers: products of these are the same in any arithmetic.
  static func integers(_ name: String, _ count: Int) -> [Float] {
    signed.numbers(count, purpose: name).map { Float(($0 * 8).rounded()) }
  }
}

/// Whether two lists of numbers differ by rounding only.
func isClose(_ found: [Double], _ expected: [Double], within bound: Double = 1e-12) -> Bool {
  found.count == expected.count
    && zip(found, expected).allSatisfy { abs($0 - $1) <= bound * max(1, abs($1)) }
}

/// Which tests the device at hand is for.
extension Trait where Self == ConditionTrait {
  static var onCPU: Self { .enabled("the device is a CPU") { try Device.select().kind == .cpu } }
  static var sharesHostMemory: Self {
    .enabled("the device shares the host's memory") { try Device.select().sharesHostMemory }
  }
}

extension MatrixProducts.Policy {
  /// Those that the device at hand takes.
  static func some(_ policies: [Self]) throws -> [Self] {
    try policies.filter { try $0.parts == nil || Device.select().kind == .cpu }
  }
}
