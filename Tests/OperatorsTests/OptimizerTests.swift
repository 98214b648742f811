import Foundation
import Testing

@testable import Operators

@Suite struct OptimizerTests {
  /// The weights, [rows × 2 or 1], and the state after each of some steps.
  private func steps(
    _ optimizer: any Optimizer, rate: Float, from start: [Double], rows: Int = 1,
    gradients: [[Double]], scale: Double = 1, l2: Float = 0
  ) -> [(weight: [Double], state: [[Double]])] {
    var graph = Graph(layout: IdPattern.plain().layout)
    let parameter = graph.makeParameter(
      "w", rows: rows, columns: start.count / rows, kind: .weight, group: .deep,
      initializer: .constant(0))
    let update = OptimizerUpdate(
      target: UpdateRegion(parameter: parameter, region: .whole, slots: 1), optimizer: optimizer,
      group: Recipe.Group(optimizer, rate: rate, l2: l2))
    let pass = try! Pass(for: [update], of: [parameter], on: ReferenceBackend(), .plain(rows: 0))
    let backend = pass.backend
    backend.write(start, to: pass[parameter], at: 0)
    pass[.gradientScale][0] = scale
    let states = optimizer.states(of: parameter).map { pass[$0.operand] }
    for (index, state) in states.enumerated() {
      let values = optimizer.initialState(index, of: start, rows: rows, rate: rate)
      backend.write(values, to: state, at: 0)
    }
    return gradients.map { gradient in
      backend.write(gradient, to: pass.gradient(of: parameter), at: 0)
      pass.step += 1
      update.run(pass)
      return (Array(pass[parameter].scalars), states.map { Array($0.scalars) })
    }
  }

  /// The weights after each of some steps on one weight.
  private func path(
    _ optimizer: any Optimizer, rate: Float, from start: Double, gradients: [Double]
  ) -> [Double] {
    steps(optimizer, rate: rate, from: [start], gradients: gradients.map { [$0] })
      .map { $0.weight[0] }
  }

  @Test func `SGD steps against the gradient`() {
    #expect(path(SGD(), rate: 0.5, from: 1, gradients: [1, -4]) == [0.5, 2.5])
  }

  @Test func `Adagrad's steps shrink with the gradients it has seen`() {
    let path = path(Adagrad(epsilon: 0), rate: 1, from: 0, gradients: [3, 4, 0])
    #expect(isClose(path, [-1, -1.8, -1.8]))
  }

  @Test func `row-wise Adagrad keeps the mean square of a row`() {
    let (weight, state) = steps(
      RowwiseAdagrad(epsilon: 0), rate: 1, from: [0, 0, 1, 1], rows: 2, gradients: [[6, 8, 0, 0]],
      scale: 0.5)[0]
    let root = 12.5.squareRoot()
    #expect(isClose(weight, [-3 / root, -4 / root, 1, 1]))
    #expect(state == [[12.5, 0]])
  }

  @Test(arguments: [1e-3, 1, -50])
  func `Adam's first step has the length of the learning rate`(gradient: Double) {
    let path = path(Adam(epsilon: 0), rate: 0.125, from: 1, gradients: [gradient])
    #expect(isClose(path, [1 - 0.125 * (gradient < 0 ? -1 : 1)], within: 1e-7))
  }

  @Test func `Adam's second step by hand`() {
    // m₁ = 0.5, m₂ = 0.25 + 1.5; v₁ = 0.25, v₂ = 0.1875 + 2.25.
    let path = path(
      Adam(beta1: 0.5, beta2: 0.75, epsilon: 0), rate: 1, from: 0, gradients: [1, 3])
    let second = (1.75 / 0.75) / (2.4375 / 0.4375).squareRoot()
    #expect(isClose(path, [-1, -1 - second]))
  }

  @Test func `AdamW shrinks weights beside Adam's step`() {
    let path = steps(
      AdamW(Adam(epsilon: 0)), rate: 0.125, from: [2], gradients: [[3]], l2: 0.5)
    #expect(isClose(path[0].weight, [2 * (1 - 0.125 * 0.5) - 0.125], within: 1e-7))
  }

  @Test func `AMSGrad's second step divides by the larger second moment`() {
    // v₁ = 4, v₂ = 0.5·4 + 0.5·1 = 2.5: the first one stays, where Adam would take the second.
    let numbers = Adam(beta1: 0, beta2: 0.5, epsilon: 0)
    let gradient = (8 as Double).squareRoot()
    let path = path(AMSGrad(numbers), rate: 1, from: 0, gradients: [gradient, 1])
    let first = gradient / (4 / 0.5 as Double).squareRoot()
    #expect(isClose(path, [-first, -first - 1 / (4 / 0.75 as Double).squareRoot()], within: 1e-7))
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
      FTRL(beta: 1, l1: l1, l2: 0.125), rate: 0.25, from: 0, gradients: gradients)
    #expect(isClose(found, expected))
  }

  @Test(arguments: [0.75, -0.02])
  func `FTRL keeps the initial weight until a gradient comes`(start: Double) {
    let path = path(FTRL(l1: 0.5, l2: 0.25), rate: 0.125, from: start, gradients: [0])
    #expect(isClose(path, [start]))
  }

  @Test func `FTRL sets weights without evidence to exactly 0`() {
    #expect(path(FTRL(l1: 2), rate: 0.5, from: 0, gradients: [1, 0.5, -1]) == [0, 0, 0])
  }

  @Test func `the gradient is scaled before it counts`() {
    #expect(steps(SGD(), rate: 1, from: [0], gradients: [[8]], scale: 0.25)[0].weight == [-2])
  }
}
