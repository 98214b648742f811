import DeepFMKit
import Diagnostics
import Support
import Synthetic
import Testing

@Suite struct BenchmarkTests {
  /// A log of two fields, 40 × 40, and its configuration.
  private func small() throws -> (Dataset, TrainingConfiguration) {
    let log = SyntheticLog(fields: [.init("user", 40), .init("item", 40)])
    var configuration = smallConfiguration("deepfm-d")
    configuration.batchSize = 50
    return (try log.dataset(rows: 0..<420), configuration)
  }

  @Test func `rounds of training count whole steps`() throws {
    let (rows, configuration) = try small()
    let benchmark = try TrainingBenchmark(
      on: ReferenceBackend(), rows, configuration: configuration)
    // 8 full batches of 50 an epoch: the rounds go over the end of several.
    for _ in 0..<3 {
      let round = try benchmark.round(seconds: 0.001)
      #expect(round.samples >= 200 && round.samples % 200 == 0)
      #expect(round.seconds >= 0.001 && round.waited <= round.seconds)
    }
    #expect(benchmark.batchSize == 50 && benchmark.plan.total > 0)
  }

  @Test func `an epoch learns what the trainer learns`() throws {
    let log = SyntheticLog(fields: [.init("user", 20), .init("item", 20)])
    var configuration = smallConfiguration("lr")
    configuration.batchSize = 20
    let rows = try log.dataset(rows: 0..<4400)
    let result = try EpochBenchmark.run(
      on: ReferenceBackend(), rows, trained: 4000, configuration: configuration)
    #expect(try #require(result.auc) > 0.6)
    #expect(result.logLoss < 0.69 && result.seconds > 0)
  }

  @Test func `prediction goes round the rows and answers requests`() throws {
    let (rows, configuration) = try small()
    let benchmark = try PredictionBenchmark(
      on: ReferenceBackend(), rows, configuration: configuration)
    let round = try benchmark.round(seconds: 0.02)
    #expect(round.samples >= 50 && round.rate > 0)
    let times = try benchmark.latencies(for: 0.02)
    #expect(!times.isEmpty && times.allSatisfy { $0 > 0 })
  }
}

@Suite struct ScalingTests {
  @Test func `measures a step beside its floor`() throws {
    var scaling = ScalingBenchmark()
    (scaling.batch, scaling.fields, scaling.k, scaling.width) = (8, 3, 2, 4)
    (scaling.rows, scaling.rounds, scaling.seconds) = (30, 1, 0.001)
    var configuration = smallConfiguration("deepfm-d")
    configuration.optimizer = OptimizerName(Adagrad.self)
    let ceiling = Roofline(flops: 1e9, bandwidth: 1e9)
    let point = try scaling.measure(
      .width, 5, on: ReferenceBackend(), ceiling: ceiling, configuration: configuration)
    // 6 operations for each of 6·5 + 5·5 + 5·5 + 5 weights and each of 8 samples.
    let arithmetic: Double = 6 * 8 * 85e-9
    #expect(abs(point.arithmetic - arithmetic) < 1e-15)
    // At least each occurrence's 3·2 + 1 numbers, and the rows of a value of each field.
    let traffic: Double = 4 * Double(8 * 3 * 7 + 3 * 3 * 4) * 1e-9
    #expect(point.traffic >= traffic)
    #expect(point.seconds > 0 && point.fastest <= point.slowest && point.memory > 0)
    #expect(point.value == 5 && point.batch == 8 && point.share > 0)
  }

  @Test func `leaves out tables that are too large`() {
    #expect(
      ScalingBenchmark.Size.rows.values(largestTable: 1_000_000)
        == [10_000, 100_000, 1_000_000])
  }
}
