import Testing

@testable import Operators

@Suite struct OperatorTableTests {
  @Test(arguments: OperatorTable.names)
  func `reference gradients agree with finite differences`(name: String) {
    let cases = OperatorTable.cases.filter { $0.name == name }
    for result in OperatorTable.check(on: ReferenceBackend(), cases: cases, upTo: 31) {
      #expect(result.passed, "\(result.form), \(result.rows) rows: \(result.failure ?? "")")
      #expect(result.error == 0, "the reference differs from itself")
    }
  }

  @Test(arguments: Fault.allCases)
  func `the check notices a wrong operator`(fault: Fault) {
    for name in fault.operators {
      let cases = OperatorTable.cases.filter { $0.name == name }
      let results = OperatorTable.check(on: fault.backend(), cases: cases, upTo: 31)
      #expect(results.contains { !$0.passed }, "\(name) passes")
    }
  }

  /// As for a CPU, and as for a GPU.
  private static let fusions = [
    Fusion(multipliesFieldsByID: true, updatesEmbeddings: true, widestFM: 63),
    Fusion(joinsSteps: true),
  ]

  @Test(arguments: OperatorTable.names, fusions)
  func `a fused plan does what the plan of the graph does`(name: String, fusion: Fusion) {
    let backend = ReferenceBackend()
    backend.fusion = fusion
    let cases = OperatorTable.cases.filter { $0.name == name }
    for result in OperatorTable.check(on: backend, cases: cases, upTo: 17, differences: false) {
      #expect(result.passed, "\(result.form), \(result.rows) rows: \(result.failure ?? "")")
    }
  }

  @Test func `an operator that throws fails its case`() throws {
    struct Refusal: Error, CustomStringConvertible { let description = "out of order" }
    struct Refusing: CaseSetup {
      func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
        throw Refusal()
      }
    }
    let result = OperatorCase("none", "", Refusing()).check(on: ReferenceBackend(), rows: 1)
    #expect(result.failure == "out of order")
  }

  @Test func `every operator has a gradient or an update that is checked`() {
    let withGradient = OperatorTable.check(on: ReferenceBackend(), upTo: 1)
      .filter { $0.rows == 1 && $0.differenceError != nil }.map(\.name)
    #expect(
      Set(withGradient) == [
        "embedding", "target attention", "activation unit", "frozen fields", "first-order",
        "interaction",
        "inner product",
        "pair products", "field sum",
        "outer product", "dense", "field dense", "activation", "batch norm", "layer norm", "sum",
        "product", "scale", "row scale", "column mask", "slice", "halves' product", "concatenate",
        "field mixing", "field gate",
        "bilinear",
        "mean of passes",
        "cross-entropy", "composed",
      ])
  }

  @Test func `a timing knows its passes and its work`() throws {
    let entry = try #require(OperatorTable.benchmarks(rows: 8).first { $0.name == "interaction" })
    let timings = try entry.time(on: ReferenceBackend())
    #expect(timings.map(\.pass) == [.forward, .backward])
    #expect(timings.allSatisfy { $0.seconds > 0 })
    #expect(timings[0].cost.flops == Double(3 * 8 * 390))
    let ceiling = try Roofline.measure(on: ReferenceBackend(), size: 8, length: 1000)
    #expect(ceiling.flops > 0 && ceiling.bandwidth > 0)
    #expect(timings[0].share(of: ceiling) > 0)
  }
}
