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
      let results = OperatorTable.check(on: FaultyBackend(fault), cases: cases, upTo: 31)
      #expect(results.contains { !$0.passed }, "\(name) passes")
    }
  }

  @Test func `an operator that throws fails its case`() throws {
    struct Refusal: Error, CustomStringConvertible { let description = "out of order" }
    struct Refusing: Trial {
      func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B> { throw Refusal() }
    }
    let result = OperatorCase("none", "", Refusing()).check(on: ReferenceBackend(), rows: 1)
    #expect(result.failure == "out of order")
  }

  @Test func `every operator has a gradient or an update that is checked`() {
    let withGradient = OperatorTable.check(on: ReferenceBackend(), upTo: 1)
      .filter { $0.rows == 1 && $0.differenceError != nil }.map(\.name)
    #expect(
      Set(withGradient) == [
        "embedding", "first-order", "interaction", "inner product", "pair products", "field sum",
        "outer product", "dense", "activation", "batch norm", "sum", "product", "cross-entropy",
        "composed",
      ])
  }

  @Test func `a timing knows its passes and its work`() throws {
    let entry = try #require(OperatorTable.benchmarks(rows: 8).first { $0.name == "interaction" })
    let timings = try entry.time(on: ReferenceBackend())
    #expect(timings.map(\.pass) == [.forward, .backward])
    #expect(timings.allSatisfy { $0.seconds > 0 })
    #expect(timings[0].cost.flops == Double(3 * 8 * 390))
    let ceiling = try DeviceCeiling.measure(on: ReferenceBackend(), size: 8, length: 1000)
    #expect(ceiling.flops > 0 && ceiling.bandwidth > 0)
    #expect(timings[0].share(of: ceiling) > 0)
  }
}

extension Fault {
  /// The entries of the table that must fail.
  var operators: [String] {
    switch self {
    case .lookupForgetsBias: ["first-order"]
    case .lookupDropsLastRow, .gradientLeavesAbsentRows, .gradientLeavesDuplicate:
      ["embedding", "first-order"]
    case .interactionOverwrites: ["interaction"]
    case .denseSkipsLastRow, .biasGradientSkipsLastRow, .gradientBelowForgotten: ["dense"]
    case .dropoutOfAnotherLayer, .dropoutForgottenBackward: ["activation"]
    case .runningVarianceBiased, .varianceTakenAsConstant, .inferenceUsesBatch: ["batch norm"]
    case .innerProductOfOneCoordinateLess, .thetaGradientOverwritten: ["inner product"]
    case .pairTakenTwice, .pairGradientOneSided: ["pair products"]
    case .fieldSumSkipsLastField: ["field sum"]
    case .outerTakenAsSymmetric: ["outer product"]
    case .multiplyOverwrites: ["product"]
    case .sumSkipsLastTerm, .passOverwrites: ["sum"]
    case .lossIgnoresWeights, .lossNotAddedUp: ["cross-entropy"]
    case .penaltyOnOneRowTooMany: ["L2"]
    case .clipSkipsLastGradient: ["clipping"]
    case .rowClipIgnoresCounts: ["row clipping"]
    case .rowwiseMeanTakenAsSum: ["row-wise Adagrad"]
    case .momentsNotCorrected: ["Adam"]
    case .tableStepForgetsL2: ["table step"]
    case .wholeStepLeavesAbsentRows, .tableNormOfTouchedRows: ["whole table step"]
    case .machineForgetsBias: ["machine"]
    case .touchesAnotherRow: ["SGD", "Adagrad", "row-wise Adagrad", "Adam", "FTRL"]
    }
  }
}
