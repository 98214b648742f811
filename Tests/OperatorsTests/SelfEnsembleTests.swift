import Data
import Foundation
import Testing

@testable import Operators

/// Two passes over the same rows, and logits that learn from their mean.
@Suite struct SelfEnsembleTests {
  private let ids = IdPattern.plain(fields: 3, features: 30)

  /// A small DeepFM, its dropout behind a batch norm or in the dense layer.
  private func model(normalizes: Bool, heads: Int = 1) -> (graph: Graph, logits: Value) {
    var graph = Graph(layout: ids.layout)
    let embedding = graph.embedding("embedding", width: 4, initializer: .normal(deviation: 1))
    let hidden: Value
    if normalizes {
      let product = graph.dense("deep", embedding, outputs: 9)
      hidden = graph.normalization("norm", product, activation: .tanh, dropout: 0.4)
    } else {
      hidden = graph.dense("deep", embedding, outputs: 9, activation: .tanh, dropout: 0.4)
    }
    let wide = graph.sum([graph.firstOrder("wide"), graph.interaction(embedding)])
    let outputs = (0..<heads).map { graph.dense("output.\($0)", hidden, outputs: 1) }
    let logits = outputs.map { graph.sum([wide, $0]) }
    let mean = graph.consensus(logits)
    return (graph, mean)
  }

  private func network(
    _ model: (graph: Graph, logits: Value), capacity: Int, selfEnsemble: Bool
  ) throws -> Network<ReferenceBackend> {
    let group = Recipe.Group(Adam())
    return try Network(
      graph: model.graph, logits: model.logits, backend: ReferenceBackend(), capacity: capacity,
      recipe: Recipe(
        wide: group, embedding: group, deep: group, tables: .whole, selfEnsemble: selfEnsemble),
      seed: 3)
  }

  @Test(arguments: [true, false])
  func `two passes are one pass over the rows twice`(normalizes: Bool) throws {
    let (model, batch) = (model(normalizes: normalizes), ids.batch(rows: 13))
    let twice = try network(model, capacity: 13, selfEnsemble: true)
    try twice.load(batch)
    try twice.forward(training: true)
    let stacked = try network(model, capacity: 26, selfEnsemble: false)
    try stacked.load(
      Batch(layout: ids.layout, ids: batch.ids + batch.ids, labels: batch.labels + batch.labels))
    try stacked.forward(training: true)
    let found = twice.backend.read(twice.pass[model.logits], count: 26)
    let expected = stacked.backend.read(stacked.pass[model.logits], count: 26)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-12) }
    #expect(zip(found[..<13], found[13...]).allSatisfy { $0 != $1 }, "the passes are the same")
  }

  @Test func `what comes before dropout is done once`() throws {
    let twice = try network(model(normalizes: true), capacity: 8, selfEnsemble: true)
    let copies = twice.plan.forward.compactMap { $0 as? Forward }
      .reduce(into: [String: Int]()) { $0[$1.operation.label] = $1.copies.count }
    #expect(copies["dense 12×9"] == 1 && copies["interaction 3×4"] == 1)
    #expect(copies["batch-norm 9"] == 2 && copies["dense 9×1"] == 2)
    #expect(twice.plan.inference.allSatisfy { ($0 as? Forward)?.copies.count == 1 })
  }

  @Test(arguments: [true, false])
  func `the gradient is that of the loss whose mean is taken as given`(normalizes: Bool) throws {
    let (model, batch) = (
      model(normalizes: normalizes), ids.batch(rows: 13, weights: .positive)
    )
    let network = try network(model, capacity: 13, selfEnsemble: true)
    func passes() throws -> [Double] {
      try network.load(batch)
      try network.forward(training: true)
      return network.backend.read(network.pass[model.logits], count: 26).map(sigmoid)
    }
    let start = try passes()
    let given = (0..<13).map { (start[$0] + start[13 + $0]) / 2 }
    func loss() throws -> Double {
      let p = try passes()
      return (0..<13).reduce(0) { sum, b in
        let mean = (p[b] + p[13 + b]) / 2
        return sum + Double(batch.weights?[b] ?? 1) / batch.totalWeight
          * (entropy(mean, Double(batch.labels[b])) + entropy(p[b], given[b])
            + entropy(p[13 + b], given[b]))
      }
    }
    try expectGradient(of: network, batch, is: loss)
  }

  @Test func `several logits are each held against their mean`() throws {
    let (model, batch) = (model(normalizes: true, heads: 2), ids.batch(rows: 13))
    let network = try network(model, capacity: 13, selfEnsemble: false)
    let heads = model.graph.imitations.map(\.student)
    #expect(heads.count == 2)
    func outputs(_ value: Value) throws -> [Double] {
      try network.load(batch)
      try network.forward(training: true)
      return network.backend.read(network.pass[value], count: 13).map(sigmoid)
    }
    let given = try outputs(model.logits)
    func loss() throws -> Double {
      let (mean, first, second) = (
        try outputs(model.logits), try outputs(heads[0]), try outputs(heads[1])
      )
      return (0..<13).reduce(0) {
        $0
          + (entropy(mean[$1], Double(batch.labels[$1])) + entropy(first[$1], given[$1])
            + entropy(second[$1], given[$1])) / 13
      }
    }
    try expectGradient(of: network, batch, is: loss)
  }

  @Test func `the loss that is reported is that of the mean`() throws {
    let (model, batch) = (model(normalizes: true), ids.batch(rows: 13))
    let network = try network(model, capacity: 13, selfEnsemble: true)
    try network.train(batch)
    let p = network.backend.read(network.pass[model.logits], count: 26).map(sigmoid)
    let expected = (0..<13).reduce(0) {
      $0 + entropy((p[$1] + p[13 + $1]) / 2, Double(batch.labels[$1])) / 13
    }
    #expect(abs(try network.losses().last - expected) < 1e-12)
  }

  @Test func `prediction is one pass whatever the training was`() throws {
    let (model, batch) = (model(normalizes: true), ids.batch(rows: 13))
    let twice = try network(model, capacity: 13, selfEnsemble: true)
    for _ in 0..<3 { try twice.train(batch) }
    let plain = try network(model, capacity: 13, selfEnsemble: false)
    try plain.restore(twice.snapshot())
    #expect(try plain.predict(batch) == twice.predict(batch))
  }

  private func sigmoid(_ z: Double) -> Double { 1 / (1 + exp(-z)) }

  private func entropy(_ p: Double, _ target: Double) -> Double {
    -target * log(p) - (1 - target) * log1p(-p)
  }

  /// Holds the gradients of a step against central differences.
  private func expectGradient(
    of network: Network<ReferenceBackend>, _ batch: Batch, is loss: () throws -> Double
  ) throws {
    let start = try network.snapshot()
    try network.train(batch)
    let gradients = try network.gradients()
    for (name, slopes) in gradients {
      let directions = slopes.indices.map { $0 % 3 == 0 ? 1.0 : -1.0 }
      let slope = zip(slopes, directions).reduce(0) { $0 + $1.0 * $1.1 }
      func moved(_ step: Double) throws -> Double {
        var snapshot = start
        snapshot.parameters[name] = zip(start.parameters[name] ?? [], directions).map {
          $0 + step * $1
        }
        try network.restore(snapshot)
        return try loss()
      }
      let difference = (try moved(1e-5) - moved(-1e-5)) / 2e-5
      let scale = slopes.reduce(0.01) { $0 + abs($1) }
      #expect(abs(difference - slope) < 1e-6 * scale, "\(name): \(slope), \(difference)")
    }
    #expect(gradients.values.contains { $0.contains { $0 != 0 } })
  }
}
