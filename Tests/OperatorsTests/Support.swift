import Data
import OpenCL
import Random

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
    _ optimizer: Optimizer, rate: Float = 0.01, l2: Float = 0, tables: TableUpdate = .touched,
    clipNorm: Float? = nil
  ) -> Recipe {
    let group = Group(optimizer, rate: rate, l2: l2)
    return Recipe(wide: group, embedding: group, deep: group, tables: tables, clipNorm: clipNorm)
  }

  /// One recipe for each kind of optimizer.
  static let kinds: [Optimizer] = [
    .sgd, .adagrad(), .rowwiseAdagrad(), .adam(), .ftrl(l1: 0.001, l2: 0.01),
  ]
}

extension ReferenceBackend {
  /// A buffer of these numbers.
  func buffer(_ values: [Double]) -> ReferenceBuffer {
    let buffer = makeBuffer("", count: values.count)
    write(values, to: buffer, at: 0)
    return buffer
  }

  /// A buffer to write to.
  func empty(_ count: Int) -> ReferenceBuffer { makeBuffer("", count: count) }

  /// An input that holds a batch.
  func input(_ batch: Batch) -> ReferenceInput {
    let input = makeInput(layout: batch.layout, capacity: batch.rows, groupsIds: true)
    upload(batch, to: input)
    groupIds(input)
    return input
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

extension Draw {
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
