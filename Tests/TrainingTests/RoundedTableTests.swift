import DeepFMKit
import Diagnostics
import OpenCL
import Operators
import Testing

@testable import Training

/// Trainings whose tables are kept in bfloat16.
@Suite struct RoundedTableTests {
  private func rounded(_ model: String) -> TrainingConfiguration {
    var configuration = smallConfiguration(model)
    (configuration.tablePrecision, configuration.tables) = (.bfloat16, .whole)
    (configuration.averagingEpochs, configuration.embedding.l2) = (0.5, 1e-4)
    return configuration
  }

  @Test func `a file has the numbers that were validated, which bfloat16 holds`() throws {
    let configuration = rounded("deepfm-d")
    let data = try TrainingData(
      training: [pairwiseLog(rows: 2000)], validation: [pairwiseLog(rows: 300, seed: 9)],
      configuration: configuration)
    let backend = try OpenCLBackend(Device.select("cpu"))
    let run = try Trainer(data, configuration: configuration, backend: backend).run()
    for tensor in run.model.tensors {
      let isTable = ["embedding", "wide.weight"].contains(tensor.name)
      #expect(tensor.values.allSatisfy { $0.bitPattern & 0xFFFF == 0 } == isTable, "\(tensor.name)")
    }
    let best = try #require(run.model.validation)
    let again = try Predictor(run.model, on: backend).evaluate(#require(data.validation))
    #expect(abs(again.logLoss - best.logLoss) < 1e-5 && (best.auc ?? 0) > 0.6)
  }

  @Test(arguments: ["fm", "deepfm-d"])
  func `a step is what the reference makes of it`(model: String) throws {
    let configuration = rounded(model)
    let data = try TrainingData(training: [pairwiseLog(rows: 300)], configuration: configuration)
    let checks = try Verification.runStepwise(
      data, configuration: configuration, backend: OpenCLBackend(Device.select("cpu")), steps: 4)
    for check in checks {
      #expect(check.losses.relativeDifference < 1e-5 && check.change.value < 1e-2)
    }
  }

  @Test func `rows that decay need the number of a step, which bfloat16 does not hold`() throws {
    var configuration = rounded("fm")
    configuration.rowDecay = 0.01
    #expect {
      try trainOnReference(pairwiseLog(rows: 100), configuration)
    } throws: {
      "\($0)".contains("table_precision: found bfloat16 with row_decay")
    }
  }

  @Test func `it is written down where it is not the usual one`() throws {
    func configuration(_ yaml: String) throws -> TrainingConfiguration {
      try TrainingConfiguration(TrainingSettings(yaml: yaml, name: "config.yaml"))
    }
    let found = try configuration("table_precision: BFloat16")
    #expect(found.tablePrecision == .bfloat16 && found.yaml.contains("table_precision: bfloat16"))
    #expect(try configuration(found.yaml) == found)
    #expect(try !configuration("table_precision: float32").yaml.contains("table_precision"))
    #expect(throws: UserError.self) { try configuration("table_precision: float16") }
  }
}
