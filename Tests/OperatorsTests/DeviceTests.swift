import OpenCL
import Testing

@testable import Operators

/// The OpenCL backend against the reference, by the operator table.
@Suite struct DeviceTests {
  @Test(arguments: [MatrixProducts.Policy.own, .clblast])
  func everyOperatorPasses(products: MatrixProducts.Policy) throws {
    let backend = try OpenCLBackend(Device.select(), products: products)
    // CLBlast has a part in these only.
    let cases = OperatorTable.cases.filter {
      products == .own || ["dense", "inner product", "composed"].contains($0.name)
    }
    for result in OperatorTable.check(on: backend, cases: cases) {
      #expect(
        result.passed, "\(result.name) \(result.form), \(result.rows) rows: \(result.failure ?? "")"
      )
    }
  }

  @Test(arguments: Recipe.kinds, [Recipe.TableUpdate.touched, .whole])
  func trainingAgreesWithTheReference(optimizer: Optimizer, tables: Recipe.TableUpdate) throws {
    let recipe = Recipe.all(optimizer, l2: 0.01, tables: tables, clipNorm: 0.5)
    let device = try Network.small(on: OpenCLBackend(Device.select()), recipe: recipe)
    let reference = try Network.small(recipe: recipe)
    for step in 0..<20 {
      let batch = ParityLog().batch(rows: 64 - step, number: step)
      try device.train(batch)
      try reference.train(batch)
    }
    let (found, expected) = (try device.losses().sum, try reference.losses().sum)
    #expect(abs(found - expected) < 1e-5 * expected)
  }

  @Test func twoRunsAreIdentical() throws {
    func run() throws -> Snapshot<Float> {
      let network = try Network.small(on: OpenCLBackend(Device.select()))
      for step in 0..<20 { try network.train(ParityLog().batch(rows: 64, number: step)) }
      return try network.snapshot()
    }
    let (first, second) = (try run(), try run())
    #expect(first.parameters == second.parameters && first.states == second.states)
  }
}
