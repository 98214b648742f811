import Testing

@testable import Operators

/// The reference against itself (which shows that the cases run) and against finite differences.
@Suite struct OperatorTableTests {
  @Test(arguments: OperatorTable.names)
  func `reference gradients agree with finite differences`(name: String) {
    let cases = OperatorTable.cases.filter { $0.name == name }
    for result in OperatorTable.check(on: ReferenceBackend(), cases: cases, upTo: 31) {
      #expect(result.passed, "\(result.form), \(result.rows) rows: \(result.failure ?? "")")
    }
  }
}
