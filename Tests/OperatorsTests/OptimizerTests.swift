import Foundation
import Testing

@testable import Operators

@Suite struct OptimizerTests {
  let backend = ReferenceBackend()

  /// The weights after each of some steps on one weight.
  private func path(
    _ optimizer: Optimizer, rate: Float, from start: Double, gradients: [Double]
  ) -> [Double] {
    let weight = backend.buffer([start])
    let state = optimizer.initialState(for: [start], rows: 1, rate: rate).map(backend.buffer)
    return gradients.enumerated().map { step, gradient in
      backend.update(
        optimizer, rate: rate, step: step + 1, weight: weight, gradient: backend.buffer([gradient]),
        state: state, scale: backend.buffer([1]), extent: .whole(count: 1, width: 1))
      return weight[0]
    }
  }

  @Test func `SGD steps against the gradient`() {
    #expect(path(.sgd, rate: 0.5, from: 1, gradients: [1, -4]) == [0.5, 2.5])
  }

  @Test func `Adagrad's steps shrink with the gradients it has seen`() {
    let path = path(.adagrad(epsilon: 0), rate: 1, from: 0, gradients: [3, 4, 0])
    #expect(isClose(path, [-1, -1.8, -1.8]))
  }

  @Test func `row-wise Adagrad keeps the mean square of a row`() {
    let weight = backend.buffer([0, 0, 1, 1])
    let n = backend.buffer([0, 0])
    backend.update(
      .rowwiseAdagrad(epsilon: 0), rate: 1, step: 1, weight: weight,
      gradient: backend.buffer([6, 8, 0, 0]), state: [n], scale: backend.buffer([0.5]),
      extent: .whole(count: 4, width: 2))
    let root = 12.5.squareRoot()
    #expect(isClose(backend.read(weight, count: 4), [-3 / root, -4 / root, 1, 1]))
    #expect(backend.read(n, count: 2) == [12.5, 0])
  }

  @Test(arguments: [1e-3, 1, -50])
  func `Adam's first step has the length of the learning rate`(gradient: Double) {
    let path = path(.adam(epsilon: 0), rate: 0.125, from: 1, gradients: [gradient])
    #expect(isClose(path, [1 - 0.125 * (gradient < 0 ? -1 : 1)], within: 1e-7))
  }

  @Test func `Adam's second step by hand`() {
    // m₁ = 0.5, m₂ = 0.25 + 1.5; v₁ = 0.25, v₂ = 0.1875 + 2.25.
    let path = path(
      .adam(beta1: 0.5, beta2: 0.75, epsilon: 0), rate: 1, from: 0, gradients: [1, 3])
    let second = (1.75 / 0.75) / (2.4375 / 0.4375).squareRoot()
    #expect(isClose(path, [-1, -1 - second]))
  }

  @Test(arguments: [Float(0), 0.5])
  func `FTRL follows the algorithm of McMahan et al.`(l1: Float) {
    let (alpha, beta, l2) = (0.25, 1.0, 0.125)
    let gradients = [1, -0.5, 2, 0.25, -3, -3, 0]
    var (z, n) = (0.0, 0.0)
    func weight() -> Double {
      abs(z) <= Double(l1)
        ? 0 : -(z - (z < 0 ? -1 : 1) * Double(l1)) / ((beta + n.squareRoot()) / alpha + l2)
    }
    let expected = gradients.map { g in
      let sigma = ((n + g * g).squareRoot() - n.squareRoot()) / alpha
      z += g - sigma * weight()
      n += g * g
      return weight()
    }
    let found = path(
      .ftrl(beta: 1, l1: l1, l2: 0.125), rate: 0.25, from: 0, gradients: gradients)
    #expect(isClose(found, expected))
  }

  @Test(arguments: [0.75, -0.02])
  func `FTRL keeps the initial weight until a gradient comes`(start: Double) {
    let path = path(.ftrl(l1: 0.5, l2: 0.25), rate: 0.125, from: start, gradients: [0])
    #expect(isClose(path, [start]))
  }

  @Test func `FTRL sets weights without evidence to exactly 0`() {
    #expect(path(.ftrl(l1: 2), rate: 0.5, from: 0, gradients: [1, 0.5, -1]) == [0, 0, 0])
  }

  @Test func `the gradient is scaled before it counts`() {
    let weight = backend.buffer([0])
    backend.update(
      .sgd, rate: 1, step: 1, weight: weight, gradient: backend.buffer([8]), state: [],
      scale: backend.buffer([0.25]), extent: .whole(count: 1, width: 1))
    #expect(weight[0] == -2)
  }
}
