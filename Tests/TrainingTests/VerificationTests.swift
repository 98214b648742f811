import DeepFMKit
import Diagnostics
import Testing

@Suite struct VerificationTests {
  private let log = pairwiseLog(rows: 400)

  @Test func `the reference agrees with itself`() throws {
    let configuration = smallConfiguration("deepfm-d")
    let data = try TrainingData(training: [log], configuration: configuration)
    var reported = 0
    // More steps than an epoch has.
    let verification = try Verification.run(
      data, configuration: configuration, backend: ReferenceBackend(), steps: 10
    ) { _ in reported += 1 }
    #expect(verification.steps.map(\.step) == Array(1...10))
    #expect(reported == 10)
    #expect(verification.largestLossDifference == 0)
    #expect(verification.largestParameterDifference?.largest == 0)
    #expect(verification.parameters.map(\.parameter).contains("embedding"))
    #expect(verification.steps[0].reference != verification.steps[9].reference)
  }

  @Test(arguments: [(1.0, 1.0, 0.0), (2.0, 2.5, 0.25), (0.5, .nan, .infinity)])
  func `differences are relative to the reference`(
    reference: Double, device: Double, difference: Double
  ) {
    let step = Verification.Step(step: 1, reference: reference, device: device)
    #expect(step.relativeDifference == difference)
  }
}
