import OpenCL
import Operators
import Testing

/// The OpenCL backend against the reference, by the operator table.
@Suite struct DeviceTests {
  @Test(arguments: MatrixProducts.Policy.allCases)
  func everyOperatorPasses(products: MatrixProducts.Policy) throws {
    let backend = try OpenCLBackend(Device.select(), products: products)
    for result in OperatorTable.check(on: backend) {
      #expect(
        result.passed, "\(result.name) \(result.form), \(result.rows) rows: \(result.failure ?? "")"
      )
    }
  }
}
