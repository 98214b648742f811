import Data
import Foundation
import Testing

@testable import Operators

/// Numbers worked out by hand, or by the formula of the paper that names the operator.
@Suite struct ReferenceTests {
  @Test func `a lookup weighs and sums the slots of each field and skips absent ones`() throws {
    let layout = BatchLayout(features: 3, fields: 2, slotFields: [0, 1, 1], weighted: true)
    let batch = Batch(
      layout: layout, ids: [0, 1, 2, 2, Batch.absent, Batch.absent],
      values: [1, 2, 3, 0.5, 9, 9], labels: [0, 1])
    let fields = try OperationTest(batch) { graph, _ in graph.embedding("table", width: 2) }
    fields.set("table", [1, 2, 10, 20, 100, 200])
    #expect(try fields.forward() == [1, 2, 320, 640, 50, 100, 0, 0])
    let sample = try OperationTest(batch) { graph, _ in graph.firstOrder("wide") }
    sample.set("wide.weight", [1, 10, 100])
    sample.set("wide.bias", [0.5])
    #expect(try sample.forward() == [321.5, 50.5])
  }

  @Test(arguments: [Recipe.TableUpdate.touched, .whole])
  func `a lookup's gradient is summed id by id`(tables: Recipe.TableUpdate) throws {
    let layout = BatchLayout(features: 4, fields: 1, slotFields: [0, 0], weighted: true)
    let batch = Batch(
      layout: layout, ids: [3, 1, 1, 1], values: [1, 2, 3, 4], labels: [0, 1])
    let test = try OperationTest(batch, tables: tables) { graph, _ in graph.firstOrder("wide") }
    _ = try test.backward([1, 10])
    let gradient = test.gradient("wide.weight")
    #expect(tables == .touched ? Array(gradient[..<2]) == [72, 1] : gradient == [0, 72, 0, 1])
    #expect(test.gradient("wide.bias") == [11])
  }

  @Test func `the interaction is the sum of all pairs' inner products`() throws {
    // ⟨(1,2),(3,4)⟩ + ⟨(1,2),(5,6)⟩ + ⟨(3,4),(5,6)⟩ = 11 + 17 + 39
    let test = try OperationTest(.plain(rows: 1, fields: 3), reads: [6]) { $0.interaction($1[0]) }
    #expect(try test.forward([1, 2, 3, 4, 5, 6]) == [67])
    #expect(try test.backward([2])[0] == [16, 20, 12, 16, 8, 12])
  }

  @Test func `a dense layer multiplies, adds and cuts off`() throws {
    let test = try OperationTest(.plain(rows: 2), reads: [2]) {
      $0.dense("dense", $1[0], outputs: 2, activation: .relu)
    }
    test.set("dense.weight", [1, -1, 2, -2])
    test.set("dense.bias", [0.5, 5.5])
    #expect(try test.forward([1, 2, 3, 4]) == [5.5, 0.5, 11.5, 0])
  }

  @Test func `batch norm centres, scales and keeps running statistics`() throws {
    let test = try OperationTest(.plain(rows: 2), reads: [1]) { $0.normalization("norm", $1[0]) }
    test.set("norm.gamma", [3])
    test.set("norm.beta", [1])
    let inverse = 1 / (4 + Double(Float(1e-5))).squareRoot()
    let found = try test.forward([1, 5], training: true)
    #expect(isClose(found, [1 - 6 * inverse, 1 + 6 * inverse]))
    #expect(isClose(test["norm.batch"], [3, inverse]))
    // A tenth of the way from 0 to 3, and from 1 to 4 · 2/(2 − 1).
    let momentum = Double(Float(0.1))
    #expect(isClose(test["norm.mean"] + test["norm.variance"], [3 * momentum, 1 + 7 * momentum]))

    test.set("norm.mean", [1.5])
    test.set("norm.variance", [4])
    #expect(
      isClose(try test.forward([1, 5]), [1 - 1.5 * inverse, 1 + 10.5 * inverse]))
    #expect(test["norm.mean"] == [1.5])
  }

  @Test func `batch norm without rows moves nothing`() throws {
    let test = try OperationTest(.plain(rows: 0), reads: [1]) { $0.normalization("norm", $1[0]) }
    test.set("norm.mean", [2])
    test.set("norm.variance", [3])
    _ = try test.forward([], training: true)
    #expect(test["norm.mean"] == [2] && test["norm.variance"] == [3])
  }

  @Test func `dropout drops its share, scales the rest and is the same each time`() throws {
    let test = try OperationTest(.plain(rows: 400), reads: [100]) {
      $0.activate(.identity, $1[0], dropout: 0.25)
    }
    let x = [Double](repeating: 3, count: 40_000)
    let values = try test.forward(x, training: true)
    let share = Double(values.count { $0 == 0 }) / 40_000
    #expect(abs(share - 0.25) < 0.01)
    #expect(Set(values) == [0, 3 * Double(Dropout(rate: 0.25, seed: 1, step: 0, layer: 0).scale)])
    #expect(try test.forward(x, training: true) == values)
  }

  @Test(arguments: [(0, 0, 0.6931471805599453), (90, 1, 0), (-90, 1, 90), (90, 0, 90), (-90, 0, 0)])
  func `cross-entropy of a logit`(logit: Double, label: Float, expected: Double) throws {
    let batch = Batch(layout: IdPattern.plain().layout, ids: [0], labels: [label])
    let (loss, slopes) = try losses(batch, logits: [logit], sum: 1)
    #expect(isClose(loss, [expected, 1 + expected]))
    #expect(isClose(slopes, [1 / (1 + exp(-logit)) - Double(label)]))
  }

  @Test func `cross-entropy is the weighted mean`() throws {
    let batch = Batch(
      layout: IdPattern.plain().layout, ids: [0, 0, 0], labels: [1, 0, 1], weights: [3, 1, 0])
    let (loss, slopes) = try losses(batch, logits: [0, 0, 50], sum: 0)
    #expect(isClose([loss[0]], [log(2)]))
    #expect(isClose(slopes, [-0.375, 0.125, 0]))
  }

  /// The loss of a batch and the sum of losses, and the derivatives by the logits.
  private func losses(
    _ batch: Batch, logits: [Double], sum: Double
  ) throws -> (loss: [Double], slopes: [Double]) {
    var graph = Graph(layout: batch.layout)
    let value = graph.makeValue(width: 1)
    let step = CrossEntropy(logits: value)
    let pass = try Pass(for: [step], on: ReferenceBackend(), batch)
    pass.backend.write(logits, to: pass[value], at: 0)
    pass[.loss][1] = sum
    step.run(pass)
    return (Array(pass[.loss].scalars), Array(pass.gradient(of: value).scalars))
  }

  @Test func `clipping bounds the norm of all gradients together`() throws {
    var graph = Graph(layout: IdPattern.plain().layout)
    let parameters = ["a", "b"].map {
      graph.makeParameter(
        $0, rows: 1, columns: 1, kind: .weight, group: .deep, initializer: .constant(0))
    }
    func clip(limit: Float) throws -> Double {
      let step = ClipNorm(
        gradients: parameters.map { UpdateRegion(parameter: $0, region: .whole, slots: 1) },
        limit: limit)
      let pass = try Pass(for: [step], on: ReferenceBackend(), .plain(rows: 0))
      (pass.gradient(of: parameters[0])[0], pass.gradient(of: parameters[1])[0]) = (3, 4)
      step.run(pass)
      return pass[.gradientScale][0]
    }
    #expect(isClose([try clip(limit: 1)], [0.2], within: 1e-6))
    #expect(try clip(limit: 10) == 1)
  }
}
