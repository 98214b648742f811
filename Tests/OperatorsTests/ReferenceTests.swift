import Data
import Foundation
import Testing

@testable import Operators

/// Numbers worked out by hand, or by the formula of the paper that names the operator.
@Suite struct ReferenceTests {
  let backend = ReferenceBackend()

  @Test func `a lookup weighs and sums the slots of each field and skips absent ones`() {
    let layout = BatchLayout(features: 3, fields: 2, slotFields: [0, 1, 1], weighted: true)
    let batch = Batch(
      layout: layout, ids: [0, 1, 2, 2, Batch.absent, Batch.absent],
      values: [1, 2, 3, 0.5, 9, 9], labels: [0, 1])
    let table = backend.buffer([1, 2, 10, 20, 100, 200])
    let y = backend.empty(8)
    backend.lookup(
      Lookup(layout: layout, width: 2, target: .fields), input: backend.input(batch), table: table,
      bias: nil, y: y)
    #expect(backend.read(y, count: 8) == [1, 2, 320, 640, 50, 100, 0, 0])
    backend.lookup(
      Lookup(layout: layout, width: 2, target: .sample), input: backend.input(batch), table: table,
      bias: backend.buffer([0.5, -0.5]), y: y)
    #expect(backend.read(y, count: 4) == [321.5, 641.5, 50.5, 99.5])
  }

  @Test func `a lookup's gradient is summed id by id`() {
    let layout = BatchLayout(features: 4, fields: 1, slotFields: [0, 0], weighted: true)
    let batch = Batch(
      layout: layout, ids: [3, 1, 1, 1], values: [1, 2, 3, 4], labels: [0, 1])
    let shape = Lookup(layout: layout, width: 1, target: .sample)
    let dy = backend.buffer([1, 10])
    let (dtable, dbias) = (backend.buffer([7, 7, 7, 7]), backend.empty(1))
    backend.lookupGradient(
      shape, input: backend.input(batch), dy: dy, region: .touched, dtable: dtable, dbias: dbias)
    #expect(backend.read(dtable, count: 2) == [72, 1])
    #expect(dbias[0] == 11)
    backend.lookupGradient(
      shape, input: backend.input(batch), dy: dy, region: .whole, dtable: dtable, dbias: nil)
    #expect(backend.read(dtable, count: 4) == [0, 72, 0, 1])
  }

  @Test func `the interaction is the sum of all pairs' inner products`() {
    // ⟨(1,2),(3,4)⟩ + ⟨(1,2),(5,6)⟩ + ⟨(3,4),(5,6)⟩ = 11 + 17 + 39
    let (e, y, de) = (backend.buffer([1, 2, 3, 4, 5, 6]), backend.empty(1), backend.empty(6))
    let shape = Interaction.Shape(fields: 3, width: 2)
    backend.interaction(shape, rows: 1, e: e, y: y)
    #expect(y[0] == 67)
    backend.interactionGradient(
      shape, rows: 1, e: e, dy: backend.buffer([2]), de: GradientTarget(de))
    #expect(backend.read(de, count: 6) == [16, 20, 12, 16, 8, 12])
  }

  @Test func `a dense layer multiplies, adds and cuts off`() {
    let y = backend.empty(4)
    backend.dense(
      Dense.Shape(inputs: 2, outputs: 2), rows: 2, x: backend.buffer([1, 2, 3, 4]),
      weight: backend.buffer([1, -1, 2, -2]), bias: backend.buffer([0.5, 5.5]),
      epilogue: Epilogue(.relu), y: y)
    #expect(backend.read(y, count: 4) == [5.5, 0.5, 11.5, 0])
  }

  @Test func `batch norm centres, scales and keeps running statistics`() {
    let shape = Normalization.Shape(width: 1, epsilon: 0, momentum: 0.5)
    let parameters = NormalizationBuffers(
      gamma: backend.buffer([3]), beta: backend.buffer([1]), mean: backend.buffer([0]),
      variance: backend.buffer([1]))
    let (x, saved, y) = (backend.buffer([1, 5]), backend.empty(2), backend.empty(2))
    backend.normalize(
      shape, rows: 2, x: x, parameters: parameters, saved: saved, training: true, epilogue: .none,
      y: y)
    #expect(backend.read(y, count: 2) == [-2, 4])
    #expect(backend.read(saved, count: 2) == [3, 0.5])
    #expect(parameters.mean[0] == 1.5)
    #expect(parameters.variance[0] == 4.5)  // halfway from 1 to 4 · 2/(2 − 1)

    parameters.variance[0] = 4
    backend.normalize(
      shape, rows: 2, x: x, parameters: parameters, saved: saved, training: false, epilogue: .none,
      y: y)
    #expect(backend.read(y, count: 2) == [0.25, 6.25])
    #expect(parameters.mean[0] == 1.5)
  }

  @Test func `batch norm without rows moves nothing`() {
    let parameters = NormalizationBuffers(
      gamma: backend.buffer([1]), beta: backend.buffer([0]), mean: backend.buffer([2]),
      variance: backend.buffer([3]))
    backend.normalize(
      Normalization.Shape(width: 1), rows: 0, x: backend.empty(0), parameters: parameters,
      saved: backend.empty(2), training: true, epilogue: .none, y: backend.empty(0))
    #expect(parameters.mean[0] == 2)
    #expect(parameters.variance[0] == 3)
  }

  @Test func `dropout drops its share, scales the rest and is the same each time`() {
    let dropout = Dropout(rate: 0.25, seed: 9, step: 4, layer: 2)
    let (x, y) = (backend.buffer([Double](repeating: 3, count: 40_000)), backend.empty(40_000))
    backend.activate(Epilogue(.identity, dropout: dropout), width: 100, rows: 400, x: x, y: y)
    let values = backend.read(y, count: 40_000)
    let share = Double(values.count { $0 == 0 }) / 40_000
    #expect(abs(share - 0.25) < 0.01)
    #expect(Set(values) == [0, 3 * Double(dropout.scale)])
    backend.activate(Epilogue(.identity, dropout: dropout), width: 100, rows: 400, x: x, y: y)
    #expect(backend.read(y, count: 40_000) == values)
  }

  @Test(arguments: [(0, 0, 0.6931471805599453), (90, 1, 0), (-90, 1, 90), (90, 0, 90), (-90, 0, 0)])
  func `cross-entropy of a logit`(logit: Double, label: Float, expected: Double) {
    let layout = IdPattern.plain().layout
    let (loss, slope) = (backend.buffer([7, 1]), backend.empty(1))
    backend.crossEntropy(
      input: backend.input(Batch(layout: layout, ids: [0], labels: [label])),
      logits: backend.buffer([logit]), loss: loss, dlogits: slope)
    #expect(isClose(backend.read(loss, count: 2), [expected, 1 + expected]))
    #expect(isClose([slope[0]], [1 / (1 + exp(-logit)) - Double(label)]))
  }

  @Test func `cross-entropy is the weighted mean`() {
    let batch = Batch(
      layout: IdPattern.plain().layout, ids: [0, 0, 0], labels: [1, 0, 1], weights: [3, 1, 0])
    let (loss, slopes) = (backend.empty(2), backend.empty(3))
    backend.crossEntropy(
      input: backend.input(batch), logits: backend.buffer([0, 0, 50]), loss: loss, dlogits: slopes)
    #expect(isClose([loss[0]], [log(2)]))
    #expect(isClose(backend.read(slopes, count: 3), [-0.375, 0.125, 0]))
  }

  @Test func `clipping bounds the norm of all gradients together`() {
    let gradients = [(backend.buffer([3, 99]), 1), (backend.buffer([4]), 1)]
    let scale = backend.empty(1)
    func clip(_ squares: [Double], limit: Float) -> Double {
      backend.clip(
        gradients.map { (buffer: $0.0, extent: .whole(count: $0.1, width: 1)) },
        squares: [(backend.buffer(squares), squares.count)], limit: limit, scale: scale)
      return scale[0]
    }
    #expect(isClose([clip([], limit: 1)], [0.2], within: 1e-6))
    #expect(clip([], limit: 10) == 1)
    #expect(isClose([clip([100, 44], limit: 1)], [1.0 / 13], within: 1e-6))
  }
}
