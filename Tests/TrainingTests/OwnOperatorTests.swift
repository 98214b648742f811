import DeepFMKit
import Testing

/// An operator that a program brings with its own kernel: `Gate.swift` is the example of
/// docs/adding-an-operator.md.
@Suite struct OwnOperatorTests {
  @Test func `it passes the table on both backends`() throws {
    for result in OperatorTable.check(on: ReferenceBackend(), cases: Gate.cases) {
      #expect(result.passed, "\(result.form), \(result.rows) rows: \(result.failure ?? "")")
    }
    for result in OperatorTable.check(on: try OpenCLBackend(Device.select()), cases: Gate.cases) {
      #expect(result.passed, "\(result.form), \(result.rows) rows: \(result.failure ?? "")")
    }
  }
}
